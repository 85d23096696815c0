import { afterAll, beforeAll, expect } from "vitest";
import * as z from "zod/mini";
import { createJobs, type FunctionOptions } from "../../services/rotation/handler.js";
import type { ContainResult } from "../../services/rotation/leak/close.js";
import type { Report } from "../../services/rotation/leak/report.js";
import { switchDefaults } from "../../services/sandbox/aws/switches.js";
import { functionOf } from "../../services/sandbox/place.js";
import { type Around, startAround, type Told } from "../recovery/around.js";
import { arnOf, holderOf } from "../recovery/jobs.js";
import type { Bench } from "../rotation/bench.js";
import { type Kind, only, turns } from "../rotation/refusal.js";
import { handleOf } from "../rotation/steady.js";

/** Where a secret stands before a leak: both keys alive, the previous one in its overlap. */
export interface Stand {
  readonly current: string;
  readonly previous: string;
  readonly currentHandle: string;
  readonly previousHandle: string;
}

const text = z.optional(z.string());
const receiptSchema = z.strictObject({
  ...{ v: z.literal(1), secret: z.string(), provider: z.string(), reportedAt: z.string() },
  ...{ by: text, source: text, reason: text, currentAt: text, consumers: z.string() },
  replacedBy: z.optional(z.strictObject({ version: z.string(), handle: text })),
  keys: z.array(
    z.strictObject({
      ...{ version: z.string(), handle: text, killedAt: text, refusedAt: text },
      secondsToDead: z.optional(z.number()),
    }),
  ),
});
/** A receipt, read back from its event. */
type Receipt = Readonly<Omit<z.infer<typeof receiptSchema>, "keys">> & {
  readonly keys: readonly z.infer<typeof receiptSchema>["keys"][number][];
};

type Wish = Partial<Omit<Report, "versions">>;

/** A secret with everything around it, whose keys leak. */
export interface Leaky {
  readonly around: Around;
  readonly bench: Bench;
  readonly kind: Kind;
  /** Another key is current, the one before it lives, nothing is marked or open. */
  stand(): Promise<Stand>;
  /** As it stands now; what is told counts from here. */
  now(): Promise<Stand>;
  /** Reports a leak of these versions, as whoever may invoke the function. Resolves when that run is over. */
  report(
    versions: readonly string[],
    wish?: Wish,
    changes?: Partial<FunctionOptions>,
  ): Promise<ContainResult>;
  /** Events about leaks and keys since the last stand, in order: names. */
  names(): Promise<readonly string[]>;
  told(...names: readonly string[]): Promise<readonly Told[]>;
  /** The same, as a result has it. */
  contained(): Promise<{ readonly receipt: Receipt | undefined }>;
  /** The receipt that was told last. */
  receipt(): Promise<Receipt | undefined>;
  /** Names of the watches that are set. */
  watches(): Promise<readonly string[]>;
  /** Staging labels of ours. */
  ours(): Promise<readonly string[]>;
  live(): readonly string[];
  close(): Promise<void>;
}

/** Longer than what AWS's retries and a whole overlap take. Minutes. */
const every: Readonly<Record<Kind, string>> = { github: "45m", stripe: "3h", deployKey: "3h", webhook: "3h" };
const overlapMinutes: Readonly<Record<Kind, number>> = { github: 36, stripe: 75, deployKey: 67, webhook: 67 };

export async function startLeaky(
  kind: Kind,
  declare: NonNullable<Parameters<typeof startAround>[1]> = {},
): Promise<Leaky> {
  const around = await startAround([kind], { every: every[kind], ...declare });
  const { bench, schedules } = around;
  const { sandbox } = bench;
  const [provider] = only(kind);
  if (!provider) throw new RangeError(kind);
  const secret = bench[kind];
  let told = 0;
  const since = async (...names: string[]) => {
    const events = (await around.told(new Date(0))).slice(told);
    return events.filter(({ name }) => names.length === 0 || names.includes(name));
  };
  // Rotations begin here when a test says so.
  for (const { name } of await schedules.list("kt-")) await schedules.remove(name);

  const handleAt = async (stage: string): Promise<string | undefined> =>
    (await holderOf(bench, kind, stage)) && Object((await bench.value(secret, stage)).keyturn).handle;
  const standing = async (): Promise<Stand> => {
    told = (await around.told(new Date(0))).length;
    const previous = await holderOf(bench, kind, "AWSPREVIOUS");
    return {
      current: (await holderOf(bench, kind, "AWSCURRENT")) ?? "",
      previous: previous ?? "",
      currentHandle: (await handleAt("AWSCURRENT")) ?? "",
      previousHandle: (await handleAt("AWSPREVIOUS")) ?? "",
    };
  };
  const settle = async () => {
    sandbox.faults.clear();
    for (const [name, value] of Object.entries(switchDefaults)) sandbox.secretsManager.set(name, value);
    sandbox.vendors.stripe.set("deathSeconds", 0);
    sandbox.vendors.github.set("deathSeconds", 0);
    sandbox.vendors.github.set("deployKeyDeathSeconds", 0);
    await around.pass(overlapMinutes[kind]);
  };
  const leaky: Leaky = {
    ...{ around, bench, kind },
    async stand() {
      await settle();
      await turns(bench, secret);
      return standing();
    },
    now: standing,
    async report(versions, wish = {}, changes = {}) {
      const { clock, leave } = sandbox.timeline.join();
      const end = clock.monotonic() + 60_000;
      const jobs = createJobs(provider, { ...bench.options(secret), clock, ...changes });
      const report = { versions: [...versions], at: around.now().toISOString(), ...wish };
      const keyturn = { v: 1, action: "contain", secretId: await arnOf(bench, kind), report };
      const context = {
        getRemainingTimeInMillis: () => end - clock.monotonic(),
        invokedFunctionArn: functionOf(provider.id).arn,
      };
      try {
        const result = await jobs({ keyturn }, context);
        if (result.action !== "contain") throw new TypeError(result.action);
        return result;
      } finally {
        leave();
      }
    },
    async names() {
      return (await since()).map(({ name }) => name);
    },
    told: since,
    async receipt() {
      const last = (await since("Leak Contained")).at(-1);
      return last && receiptSchema.parse(last["receipt"]);
    },
    contained: async () => ({ receipt: await leaky.receipt() }),
    watches: async () => (await schedules.list("kt-watch-")).map(({ name }) => name),
    ours: async () =>
      Object.values(await bench.labels(secret))
        .flat()
        .filter((label) => label.startsWith("keyturn:")),
    live: () => bench.handles(secret, "live"),
    close: around.close,
  };
  return leaky;
}

/** All that holds once a leak is contained, whatever led there: the receipt's times too. */
export async function isContained(
  leaky: Leaky,
  { receipt }: { readonly receipt?: Receipt | undefined },
  leaked: readonly string[],
): Promise<void> {
  const { bench, kind } = leaky;
  const current = await handleOf(bench, kind, "AWSCURRENT");
  expect(leaky.live()).toContain(current);
  expect(leaked).not.toContain(current);
  for (const handle of leaked) expect(bench.handles(bench[kind], "not retired")).not.toContain(handle);
  for (const handle of leaked) expect(leaky.live()).not.toContain(handle);
  expect(await leaky.ours()).toEqual([]);
  const pending = await holderOf(bench, kind, "AWSPENDING");
  expect([undefined, await holderOf(bench, kind, "AWSCURRENT")]).toContain(pending);
  expect(leaked).not.toContain(await previousHandle(leaky));
  expect(await leaky.watches()).toEqual([]);
  expect(receipt?.keys.map(({ handle }) => handle)).toEqual(leaked);
  for (const { killedAt, refusedAt, secondsToDead } of receipt?.keys ?? []) {
    const times = [receipt?.reportedAt, killedAt, refusedAt].flatMap((time) => time ?? []);
    expect([...times].sort()).toEqual(times);
    expect(refusedAt).toBeDefined();
    const seconds = (Date.parse(refusedAt ?? "") - Date.parse(receipt?.reportedAt ?? "")) / 1000;
    expect(secondsToDead).toBe(killedAt === undefined ? undefined : Math.round(seconds));
  }
  if (receipt?.replacedBy) {
    expect(receipt.replacedBy).toEqual({
      version: await holderOf(bench, kind, "AWSCURRENT"),
      handle: current,
    });
    expect(receipt.currentAt && receipt.currentAt >= receipt.reportedAt).toBe(true);
  }
}

async function previousHandle({ bench, kind }: Leaky): Promise<string | undefined> {
  return (await holderOf(bench, kind, "AWSPREVIOUS")) ? handleOf(bench, kind, "AWSPREVIOUS") : undefined;
}

/** One for all tests of a block. */
export function leakyFor(kind: Kind, declare: Parameters<typeof startLeaky>[1] = {}): () => Leaky {
  let leaky: Leaky | undefined;
  beforeAll(async () => {
    leaky = await startLeaky(kind, declare);
  });
  afterAll(() => leaky?.close());
  return () => {
    if (!leaky) throw new Error("not started");
    return leaky;
  };
}
