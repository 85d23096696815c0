import {
  GetSecretValueCommand,
  ListSecretsCommand,
  ListSecretVersionIdsCommand,
} from "@aws-sdk/client-secrets-manager";
import { expect, test } from "vitest";
import * as z from "zod/mini";
import { Page } from "../../services/demo/page.js";
import { tellStory } from "../../services/demo/story.js";
import { type Sandbox, startSandbox } from "../../services/sandbox/sandbox.js";
import { sandboxClient } from "../../services/sandbox/seed.js";

const value = z.looseObject({
  token: z.optional(z.string()),
  apiKey: z.optional(z.string()),
  privateKey: z.optional(z.string()),
  appKey: z.optional(z.string()),
});

/** Every secret text that any version ever held, as Secrets Manager gives it. */
async function everyValue(sandbox: Sandbox): Promise<readonly string[]> {
  sandbox.secretsManager.set("unlabelledVersions", "readable");
  const aws = sandboxClient(sandbox);
  const texts: string[] = [];
  for (const { Name: SecretId } of (await aws.send(new ListSecretsCommand({}))).SecretList ?? []) {
    const { Versions = [] } = await aws.send(
      new ListSecretVersionIdsCommand({ SecretId, IncludeDeprecated: true }),
    );
    for (const { VersionId } of Versions) {
      const { SecretString = "{}" } = await aws.send(new GetSecretValueCommand({ SecretId, VersionId }));
      const { token, apiKey, appKey, privateKey = "" } = value.parse(JSON.parse(SecretString));
      const lines = privateKey.split("\n").filter((line) => line.length > 20);
      texts.push(...[token, apiKey, appKey].flatMap((text) => text ?? []), ...lines);
    }
  }
  aws.destroy();
  return texts;
}

test("no value of any key is shown, neither when all goes well nor when a vendor goes down", async () => {
  let shown = "";
  let values: readonly string[] = [];
  const start = async () => {
    const sandbox = await startSandbox({ moving: false });
    const close = async () => {
      values = await everyValue(sandbox);
      await sandbox.close();
    };
    return { ...sandbox, close };
  };
  const page = new Page((text) => {
    shown += text;
  }, true);
  expect(await tellStory({ page, stop: "github", start })).toBe(true);
  // Four keys of each secret, Stripe's App key, and the lines of GitHub's private key.
  expect(values.filter((text) => /^(ghs|rk_test|sk_test)_/.test(text))).toHaveLength(9);
  expect(values.length).toBeGreaterThan(20);
  // Not even a part of one: what tells keys apart stands at their ends.
  const parts = values.flatMap((text) => [text, text.slice(-12)]);
  expect(parts.filter((part) => shown.includes(part))).toEqual([]);
});
