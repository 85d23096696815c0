import { randomUUID } from "node:crypto";
import { Octokit } from "@octokit/rest";
import { expect } from "vitest";
import * as z from "zod/mini";
import { blobOf, fingerprintOf, newPrivateKey, publicHalf } from "../../providers/github/ssh-key.js";
import { type Bench, openBench, type Stored } from "./bench.js";
import { type Kind, only, toSteady } from "./refusal.js";

/** A bench of one vendor, whose secret has a current and a previous key, with the overlap over. */
export const steady = async (kind: Kind) => toSteady(await openBench({ providers: only(kind) }), [kind]);

export const failure = (code: string) => expect.objectContaining({ code });
export const handleOf = async (bench: Bench, kind: Kind, stage: string) =>
  (await bench.value(bench[kind], stage)).keyturn.handle;
export const put = (bench: Bench, kind: Kind, value: unknown) =>
  bench.aws.putSecretValue({ SecretId: bench[kind].name, SecretString: JSON.stringify(value) });

export async function mark(
  bench: Bench,
  kind: Kind,
  label: (versionId: string) => string,
  stageName: string,
) {
  const found = Object.entries(await bench.labels(bench[kind])).find(([, stages]) =>
    stages.includes(stageName),
  );
  const versionId = found?.[0] ?? "";
  await bench.aws.updateSecretVersionStage({
    ...{ SecretId: bench[kind].name, VersionStage: label(versionId), MoveToVersionId: versionId },
  });
}

/** The vendor's owner, or an accident, ends a key. */
export async function kill(bench: Bench, kind: Kind, value: Stored): Promise<void> {
  if (kind === "deployKey") return void (await plantDeployKey(bench, { remove: value.keyturn.handle }));
  if (kind === "webhook") {
    const { SecretString = "" } = await bench.aws.getSecretValue({
      SecretId: bench.webhook.declaration.admin,
    });
    const headers = { authorization: `Bearer ${JSON.parse(SecretString).apiKey}` };
    const path = `/v1/webhook_endpoints/${value.keyturn.handle}`;
    await fetch(`${bench.sandbox.urls.stripe}${path}`, { method: "DELETE", headers });
    return;
  }
  if (kind === "github") {
    const headers = { authorization: `Bearer ${String(value["token"])}` };
    await fetch(`${bench.sandbox.urls.github}/installation/token`, { method: "DELETE", headers });
    return;
  }
  await asStripeApp(bench, `/v2/iam/api_keys/${value.keyturn.handle}/expire`, {});
}

export async function asStripeApp(bench: Bench, path: string, body: unknown): Promise<{ id: string }> {
  const { SecretString = "" } = await bench.aws.getSecretValue({ SecretId: bench.stripe.declaration.admin });
  const response = await fetch(`${bench.sandbox.urls.stripe}${path}`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${JSON.parse(SecretString).appKey}`,
      "content-type": "application/json",
      "stripe-version": "2026-09-30.preview",
      "stripe-context": String(bench.stripe.declaration.config["account"]),
      "idempotency-key": randomUUID(),
    },
    body: JSON.stringify(body),
  });
  expect(response.status).toBe(200);
  return z.object({ id: z.string() }).parse(await response.json());
}

/** What a sweep must not touch: a neighbour secret's label, another installation's, near misses of ours, and none. */
export function foreignLabels(label: string): readonly string[] {
  const [head = "", installation = "", secret = "", rotation = ""] = label.split(":");
  return [
    [head, installation, "a".repeat(16), rotation].join(":"),
    [head, "another2", secret, rotation].join(":"),
    `${label}x`,
    `${head}:${installation}:${secret}`,
    "made by hand",
  ];
}

/** Someone else's hand at the repository: adds a deploy key with this title, or removes the one with this handle. Resolves to its handle. */
export async function plantDeployKey(
  bench: Bench,
  wish: { readonly title: string } | { readonly remove: string },
): Promise<string> {
  const { config } = bench.deployKey.declaration;
  const [owner = "", repo = ""] = String(config["repository"]).split("/");
  const { token: auth } = bench.sandbox.vendors.github.makePersonalAccessToken(owner);
  const octokit = new Octokit({ auth, baseUrl: bench.sandbox.urls.github });
  if ("title" in wish) {
    const { line: key, fingerprint } = publicHalf(newPrivateKey());
    await octokit.rest.repos.createDeployKey({ owner, repo, title: wish.title, key, read_only: true });
    return fingerprint;
  }
  const { data } = await octokit.rest.repos.listDeployKeys({ owner, repo });
  for (const { id, key } of data) {
    if (fingerprintOf(blobOf(key)) === wish.remove)
      await octokit.rest.repos.deleteDeployKey({ owner, repo, key_id: id });
  }
  return wish.remove;
}
