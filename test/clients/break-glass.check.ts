import { SecretsManager } from "@aws-sdk/client-secrets-manager";
import { afterAll, describe, expect, test } from "vitest";
import * as z from "zod/mini";
import { builtin } from "../../providers/index.js";
import { createHandler } from "../../services/rotation/handler.js";
import { awsOf } from "../../services/sandbox/place.js";
import { type Sandbox, startSandbox } from "../../services/sandbox/sandbox.js";
import { seedSandbox } from "../../services/sandbox/seed.js";
import { asShown, type Block, blocksOf, readPage } from "../docs/page.js";
import { typeIntoBash } from "./bash.js";

const blocks = blocksOf(await readPage("break-glass.md")).filter(({ language }) => language === "sh");
const common = { first: "Before you begin", last: "When it is over" };
const asApp = "GitHub: as the App";
const open = "When a rotation is open";

/** Whole sections of the page, one after the other. */
const whole = [
  { id: "github/installation-token", before: [asApp], mode: "test" },
  { id: "github/deploy-key", before: [asApp], mode: "test" },
  { id: "stripe/restricted-key", before: [], mode: "test" },
  { id: "stripe/restricted-key", before: [], mode: "live" },
  { id: "stripe/webhook-secret", before: [], mode: "test" },
] as const;

/** What the page says is to be typed for another version than the current one: steps 1 and 4. */
const parts = [
  { id: "github/deploy-key", before: [asApp], stage: "AWSPREVIOUS", between: [] },
  { id: "stripe/restricted-key", before: [], stage: "AWSPREVIOUS", between: [] },
  { id: "stripe/restricted-key", before: [], stage: "AWSPENDING", between: [open] },
] as const;

/** Lines of the page that bash has run. */
const run = new Set<number>();
const opened: (() => Promise<void>)[] = [];
afterAll(async () => {
  for (const close of opened) await close();
  const lines = blocks.flatMap(({ commands }) => commands).map(({ lines: [line = 0] }) => line);
  expect(
    lines.filter((line) => !run.has(line)),
    "lines that nothing has run",
  ).toEqual([]);
});

describe.concurrent("every line of the page, on the sandbox", { timeout: 180_000 }, () => {
  test.for(whole)("$id in $mode mode", async ({ id, before, mode }, { expect }) => {
    const desk = await openDesk(id, mode);
    const { sandbox, aws, SecretId } = desk;
    const leaked = await desk.held("AWSCURRENT");
    await aws.putSecretValue({ SecretId, SecretString: JSON.stringify({ ...leaked.value, ours: "stays" }) });
    const known = sandbox.keys().map(({ handle }) => handle);
    expect(desk.lives(leaked.handle)).toBe(true);

    await typed(desk, sections(common.first, ...before, id, common.last), leaked.text, expect);

    expect(sandbox.keys()).toContainEqual(
      expect.objectContaining({ handle: leaked.handle, live: false, retired: true }),
    );
    const now = await desk.held("AWSCURRENT");
    expect(now.value["ours"]).toBe("stays");
    // The key that was made by hand is over as well: Keyturn has replaced it.
    const made = sandbox.keys().filter(({ handle, provider }) => provider === id && !known.includes(handle));
    expect(made.flatMap(({ handle, live }) => (live ? [handle] : []))).toEqual([now.handle]);

    if (id !== "stripe/webhook-secret") {
      // Nothing of the leaked key's record went over to the key that was made by hand.
      const { SecretString = "" } = await aws.getSecretValue({ SecretId, VersionStage: "AWSPREVIOUS" });
      const { keyturn: _, ...fields } = leaked.value;
      expect(Object.keys(JSON.parse(SecretString)).sort()).toEqual([...Object.keys(fields), "ours"].sort());
    }

    // It goes on by itself. A key that Stripe ended counts as alive for five minutes from its making.
    await sandbox.timeline.advance(600_000);
    await desk.rotate();
    expect((await desk.held("AWSCURRENT")).handle).not.toBe(now.handle);
  });

  test.for(parts)("$id, $stage", async ({ id, before, stage, between }, { expect }) => {
    const desk = await openDesk(id, "test");
    if (stage === "AWSPENDING") {
      // testSecret fails, so that its key stays where it is.
      desk.sandbox.secretsManager.set("retries", 0);
      const fault = { kind: "status", status: 404 } as const;
      desk.sandbox.faults.add({ service: "stripe", operation: "GET /v1/customers", times: "always", fault });
    }
    await desk.rotate();
    desk.sandbox.faults.clear();
    const [leaked, serving] = [await desk.held(stage), await desk.held("AWSCURRENT")];
    expect([leaked, serving].map(({ handle }) => desk.lives(handle))).toEqual([true, true]);
    const [find, , , end] = sections(id);
    if (!find || !end) throw new RangeError("the page has no steps 1 and 4");
    const commands = find.commands.map((command) => ({
      ...command,
      text: command.text.replace("STAGE=AWSCURRENT", `STAGE=${stage}`),
    }));
    const steps = [...sections(...between), end, ...sections(common.last)];

    await typed(
      desk,
      [...sections(common.first, ...before), { ...find, commands }, ...steps],
      leaked.text,
      expect,
    );

    expect([leaked, serving].map(({ handle }) => desk.lives(handle))).toEqual([false, true]);
    expect((await desk.held("AWSCURRENT")).handle).toBe(serving.handle);
  });
});

function sections(...names: readonly string[]): readonly Block[] {
  return names.flatMap((name) => blocks.filter(({ section }) => section === name));
}

/** Types the blocks, with what was found on standard input; each line must answer what the page says. */
async function typed(desk: Desk, used: readonly Block[], found: string, { soft }: typeof expect) {
  const lines = await typeIntoBash(
    used.flatMap(({ commands }) => commands),
    desk.sandbox,
    `${found}\n`,
  );
  for (const { command, said, isRun } of lines) {
    if (isRun) run.add(command.lines[0] ?? 0);
    soft(asShown(command.answer, said), command.text).toBe(command.answer.join("\n"));
  }
}

interface Desk {
  readonly sandbox: Sandbox;
  readonly aws: SecretsManager;
  readonly SecretId: string;
  rotate(): Promise<void>;
  /** The value of a version, the handle and the text of its key. */
  held(VersionStage: string): Promise<{ value: Record<string, unknown>; handle: string; text: string }>;
  lives(handle: string): boolean | undefined;
}

/** A sandbox on real time, as `date` has it too, with one secret. */
async function openDesk(id: string, mode: "test" | "live"): Promise<Desk> {
  const sandbox = await startSandbox({ moving: true });
  sandbox.vendors.stripe.set("deathSeconds", 2);
  sandbox.vendors.stripe.set("mode", mode);
  const providers = builtin.filter((provider) => provider.id === id);
  await seedSandbox(sandbox, {
    load: (provider) => Promise.resolve({ createHandler: (options) => createHandler(provider, options) }),
    ...{ providers, declare: { overlap: "0s" } },
  });
  const aws = new SecretsManager(awsOf(sandbox));
  opened.push(async () => {
    aws.destroy();
    await sandbox.close();
  });
  const SecretId = `app/${id.replace("/", "-")}`;
  return {
    ...{ sandbox, aws, SecretId },
    async rotate() {
      await aws.rotateSecret({ SecretId });
      await sandbox.timeline.idle();
    },
    async held(VersionStage) {
      const { SecretString = "" } = await aws.getSecretValue({ SecretId, VersionStage });
      const value = z.record(z.string(), z.unknown()).parse(JSON.parse(SecretString));
      const { handle } = z.object({ handle: z.string() }).parse(value["keyturn"]);
      const field = providers[0]?.fields[0] ?? "";
      return { value, handle, text: z.string().parse(value[field]) };
    },
    lives: (handle) => sandbox.keys().find((key) => key.handle === handle)?.live,
  };
}
