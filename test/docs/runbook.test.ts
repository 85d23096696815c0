import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import * as z from "zod/mini";
import { classicText } from "../../providers/github/fake/token-text.js";
import { parseLeakReport } from "../../services/leak/intake/leak-report.js";
import { type Desk, startDesk } from "./desk.js";
import { asShown, blocksOf, readPage } from "./page.js";

const page = await readPage("leak-runbook.md");
const blocks = blocksOf(page);
const stripe = "app/stripe-restricted-key";

let desk: Desk;
beforeAll(async () => {
  desk = await startDesk();
});
afterAll(() => desk.close());

/** What somebody pastes into a block, by the section and which of its blocks that is. */
const pasted: Readonly<Record<string, () => Promise<string>>> = {
  "You have the key 0": async () => `STRIPE_KEY="${(await currentValue(stripe))["apiKey"]}"\n`,
  "You have the key 1": async () => `token: ${classicText("ghp_")}\n`,
  "You have the key 2": async () => "nothing that looks like a key\n",
};

test("every line that is typed shows what the page says, in the order of the page", {
  timeout: 60_000,
}, async () => {
  // A previous key, alive in its overlap, beside each current one.
  for (const name of ["stripe-restricted-key", "stripe-webhook-secret", "github-installation-token"])
    await rotate(`app/${name}`);
  const nth = new Map<string, number>();
  const dead: string[] = [];
  for (const { section, text } of blocks.filter(({ language }) => language === "text")) {
    const at = nth.get(section) ?? 0;
    nth.set(section, at + 1);
    // Its previous key was ended further up: it needs another one that works.
    if (section === "It does harm right now") await rotate("app/github-installation-token");
    const version = await holderOf(
      stripe,
      section === "Without the command" && at > 0 ? "AWSPREVIOUS" : "AWSCURRENT",
    );
    let code = 0;
    for (const { line, answer } of sessionsOf(text)) {
      if (line === "echo $?") {
        expect({ section, at, code }).toEqual({ section, at, code: Number(answer[0]) });
        continue;
      }
      const stdin = (await pasted[`${section} ${at}`]?.()) ?? "";
      const typed = await desk.type(line.replaceAll("<version>", version), stdin);
      ({ code } = typed);
      expect.soft(asShown(answer, typed.shown), line).toBe(answer.join("\n"));
      const [key] = /(?:rk|ghp)_\w+/.exec(stdin) ?? [];
      expect(key !== undefined && typed.shown.includes(key), "what was pasted is shown").toBe(false);
      await desk.sandbox.timeline.idle();
      for (const [, handle] of typed.shown.matchAll(/^ +leaked key +(\S+)$/gm)) dead.push(handle ?? "");
    }
    if (section === "You have the key") await desk.sandbox.timeline.advance(10 * 60_000);
  }
  // What receipts call dead is dead at its vendor; what is current works.
  expect(dead.length).toBeGreaterThan(5);
  const keys = new Map(desk.sandbox.keys().map(({ handle, live }) => [handle, live]));
  expect(dead.filter((handle) => keys.get(handle) !== false)).toEqual([]);
  for (const name of [
    "stripe-restricted-key",
    "stripe-webhook-secret",
    "github-installation-token",
    "github-deploy-key",
  ]) {
    const { handle } = recordSchema.parse(await currentValue(`app/${name}`)).keyturn;
    expect({ name, live: keys.get(handle) }).toEqual({ name, live: true });
  }
});

const recordSchema = z.object({ keyturn: z.object({ handle: z.string() }) });

test("every line that starts with keyturn or aws stands in a block that is typed, or is the event's", () => {
  const lines = blocks.filter(({ language }) => language !== "text").flatMap(({ commands }) => commands);
  expect(lines.filter(({ text }) => /^(keyturn|aws) /.test(text)).map(({ text }) => text)).toEqual([
    "aws events put-events --entries file://report.json",
  ]);
});

test("the report by event is one that the intake takes", () => {
  const [block] = blocks.filter(({ language }) => language === "json");
  const entries = z
    .array(z.object({ DetailType: z.string(), Detail: z.string() }))
    .parse(JSON.parse(block?.text ?? ""));
  expect(entries).toHaveLength(1);
  for (const { DetailType, Detail } of entries) {
    const time = "2026-06-01T00:00:00Z";
    const event = { id: "1", "detail-type": DetailType, time, detail: JSON.parse(Detail) };
    expect(parseLeakReport(event, new Date(time)).detail).toMatchObject({ secret: stripe });
  }
});

test.each(["leak-runbook.md", "break-glass.md"])(
  "what %s links to is there, and no key stands in it",
  async (name) => {
    const text = await readPage(name);
    const anchors = [...text.matchAll(/^##+ (.+)$/gm)].map(
      ([, title = ""]) =>
        `#${title
          .toLowerCase()
          .replaceAll(/[^\w -]/g, "")
          .replaceAll(" ", "-")}`,
    );
    for (const [, target = ""] of text.matchAll(/\]\(([^)]+)\)/g)) {
      if (target.startsWith("#")) expect(anchors).toContain(target);
      else
        expect({
          target,
          there: existsSync(fileURLToPath(new URL(`../../docs/${target}`, import.meta.url))),
        }).toMatchObject({ there: true });
    }
    expect(text).not.toMatch(
      /(?:[rs]k_(?:test|live)|whsec|gh[opsur])_[A-Za-z0-9]{10}|-----BEGIN|[A-Za-z0-9+/]{40}/,
    );
  },
);

interface Session {
  readonly line: string;
  readonly answer: readonly string[];
}

function sessionsOf(text: string): readonly Session[] {
  const sessions: { line: string; answer: string[] }[] = [];
  for (const line of text.split("\n")) {
    if (line.startsWith("$ ")) sessions.push({ line: line.slice(2), answer: [] });
    else sessions.at(-1)?.answer.push(line);
  }
  return sessions;
}

async function rotate(SecretId: string) {
  await desk.aws.rotateSecret({ SecretId });
  await desk.sandbox.timeline.idle();
}

async function currentValue(SecretId: string): Promise<Record<string, unknown>> {
  const { SecretString = "" } = await desk.aws.getSecretValue({ SecretId });
  return z.record(z.string(), z.unknown()).parse(JSON.parse(SecretString));
}

async function holderOf(SecretId: string, stage: string): Promise<string> {
  const { VersionIdsToStages = {} } = await desk.aws.describeSecret({ SecretId });
  return Object.entries(VersionIdsToStages).find(([, stages]) => stages.includes(stage))?.[0] ?? "";
}
