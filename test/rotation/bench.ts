import { SecretsManager } from "@aws-sdk/client-secrets-manager";
import { onTestFinished } from "vitest";
import { builtin } from "../../providers/index.js";
import type { Provider } from "../../providers/kit/plug.js";
import { parseDuration } from "../../services/duration.js";
import { createHandler, type FunctionOptions } from "../../services/rotation/handler.js";
import type { JournalEntry } from "../../services/sandbox/parts.js";
import { functionOf } from "../../services/sandbox/place.js";
import { type Sandbox, type SandboxOptions, startSandbox } from "../../services/sandbox/sandbox.js";
import {
  type SeededSecret,
  type SeedOptions,
  sandboxCredentials,
  sandboxRegion,
  seedSandbox,
} from "../../services/sandbox/seed.js";

export type RequestEntry = JournalEntry & { kind: "request" };

/** One RotateSecret and all that followed from it. */
export interface Rotated {
  readonly token: string;
  readonly outcome: string;
  /** What the function threw, step by step, retries included. */
  readonly errors: readonly { step: string; name: string; message: string }[];
  /** The function's own requests to Secrets Manager about this secret. */
  readonly calls: readonly RequestEntry[];
  /** Requests to the vendor, as "METHOD /route status". */
  readonly vendor: readonly string[];
}

export interface Bench {
  readonly sandbox: Sandbox;
  readonly aws: SecretsManager;
  readonly log: readonly string[];
  readonly seeded: readonly SeededSecret[];
  /** The secret of each kind of key, where the bench has it. */
  readonly github: SeededSecret;
  readonly stripe: SeededSecret;
  readonly deployKey: SeededSecret;
  readonly webhook: SeededSecret;
  /** RotateSecret, until the function sleeps no more; then time for AWS's retries, in seconds. Default: none. */
  rotate(secret: SeededSecret, retrySeconds?: number): Promise<Rotated>;
  /** Moves time by one declared interval. */
  pastOverlap(secret: SeededSecret): Promise<void>;
  /** Calls a function as Lambda would, with an event of one's own, and so much time left: 60 s when it is not said. */
  invoke(
    secret: SeededSecret,
    event: unknown,
    changes?: Partial<FunctionOptions>,
    leftSeconds?: number,
  ): Promise<void>;
  /** What a function was made with last. */
  options(secret: SeededSecret): FunctionOptions;
  /** The parsed value of the version that carries a staging label. */
  value(secret: SeededSecret, stage: string): Promise<Stored>;
  /** Staging labels by version id. */
  labels(secret: SeededSecret): Promise<Record<string, string[]>>;
  /** Handles at the vendor, by the vendor's own record. */
  handles(secret: SeededSecret, which: "live" | "not retired" | "all"): string[];
  /** Labels and vendor's keys: what a refused input must leave as it was. */
  snapshot(secret: SeededSecret): Promise<Snapshot>;
}

export interface Snapshot {
  readonly labels: Record<string, string[]>;
  /** Handles of every key ever made, and of those that live. */
  readonly keys: readonly string[];
  readonly live: readonly string[];
}

export interface Stored {
  readonly [field: string]: unknown;
  readonly keyturn: { readonly handle: string; readonly label: string; readonly [field: string]: unknown };
}

/** A bench for one test, closed with it. */
export async function openBench(
  options: Partial<SeedOptions> = {},
  vendors: SandboxOptions["vendors"] = {},
): Promise<Bench> {
  const bench = await startBench(options, vendors);
  onTestFinished(bench.close);
  return bench;
}

/** A bench that several tests share: whoever starts it closes it. */
export async function startBench(
  options: Partial<SeedOptions> = {},
  vendors: SandboxOptions["vendors"] = {},
): Promise<Bench & { close(): Promise<void> }> {
  const sandbox = await startSandbox({ start: new Date("2026-06-01T00:00:00Z"), vendors });
  const log: string[] = [];
  const lent = new Map<string, { provider: Provider; options: FunctionOptions }>();
  const seeded = await seedSandbox(sandbox, {
    load: (provider) =>
      Promise.resolve({
        createHandler: (given) => {
          lent.set(provider.id, { provider, options: given });
          return createHandler(provider, given);
        },
      }),
    log: (line) => log.push(line),
    // Not met unless something hangs, however loaded the machine is.
    requestTimeoutMs: 5_000,
    providers: builtin.filter(
      ({ id }) => id === "github/installation-token" || id === "stripe/restricted-key",
    ),
    ...options,
  });
  const aws = new SecretsManager({
    ...{ endpoint: sandbox.urls.aws, region: sandboxRegion, credentials: sandboxCredentials, maxAttempts: 1 },
  });

  const pick = (id: string): SeededSecret => {
    const found = seeded.find(({ provider }) => provider === id);
    return (
      found ?? { name: "", provider: id, declaration: { provider: id, config: {}, admin: "", every: "1d" } }
    );
  };
  const labels: Bench["labels"] = async ({ name }) =>
    (await aws.describeSecret({ SecretId: name })).VersionIdsToStages ?? {};
  const handles: Bench["handles"] = ({ provider }, which) =>
    sandbox
      .keys()
      .filter((key) => key.provider === provider)
      .filter((key) => which === "all" || (which === "live" ? key.live : !key.retired))
      .map(({ handle }) => handle)
      .sort();

  return {
    ...{ sandbox, aws, log, seeded, labels, handles },
    close: async () => {
      aws.destroy();
      await sandbox.close();
    },
    options({ provider }) {
      const known = lent.get(provider);
      if (!known) throw new Error(`no function was called for ${provider} yet`);
      return known.options;
    },
    github: pick("github/installation-token"),
    stripe: pick("stripe/restricted-key"),
    deployKey: pick("github/deploy-key"),
    webhook: pick("stripe/webhook-secret"),
    async rotate({ name }, retrySeconds = 0) {
      const from = sandbox.journal.last;
      const { VersionId: token = "" } = await aws.rotateSecret({ SecretId: name });
      await sandbox.timeline.idle();
      await sandbox.timeline.advance(retrySeconds * 1000);
      return rotated(sandbox.journal.since(from), name, token);
    },
    async pastOverlap({ declaration }) {
      await sandbox.timeline.advance((parseDuration(declaration.every ?? "") ?? 0) * 1000);
    },
    async invoke({ provider }, event, changes = {}, leftSeconds = 60) {
      const known = lent.get(provider);
      if (!known) throw new Error(`no function was called for ${provider} yet`);
      const { clock, leave } = sandbox.timeline.join();
      try {
        const handler = createHandler(known.provider, { ...known.options, clock, ...changes });
        const { arn: invokedFunctionArn } = functionOf(provider);
        await handler(event, { getRemainingTimeInMillis: () => leftSeconds * 1000, invokedFunctionArn });
      } finally {
        leave();
      }
    },
    async value({ name }, stage) {
      const { SecretString } = await aws.getSecretValue({ SecretId: name, VersionStage: stage });
      return JSON.parse(SecretString ?? "");
    },
    async snapshot(secret) {
      return { labels: await labels(secret), keys: handles(secret, "all"), live: handles(secret, "live") };
    },
  };
}

function rotated(entries: readonly JournalEntry[], secret: string, token: string): Rotated {
  const outcomes = entries.flatMap((entry) =>
    entry.kind === "rotation" && entry.token === token ? [entry.outcome] : [],
  );
  const requests = entries.filter((entry) => entry.kind === "request");
  return {
    token,
    outcome: outcomes.at(-1) ?? "none",
    errors: entries.flatMap((entry) =>
      entry.kind === "invocation" && entry.secret === secret && entry.error
        ? [{ step: entry.step, ...entry.error }]
        : [],
    ),
    calls: requests.filter((entry) => entry.secret === secret && entry.credential?.startsWith("function-")),
    vendor: requests
      .filter(({ service }) => service !== "secretsmanager")
      .map(({ operation, status, error }) => `${operation} ${error ?? status}`),
  };
}

/** The most keys of one kind that ever lived at once, looked at after every exchange with their vendor. */
export function mostLive({ sandbox, seeded }: Bench): number {
  const kindOf = new Map(sandbox.keys().map(({ handle, provider }) => [handle, provider]));
  const counts = sandbox.journal.since(0).flatMap((entry) => {
    const live = entry.kind === "request" ? (entry.live ?? []) : [];
    return seeded.map(({ provider }) => live.filter((handle) => kindOf.get(handle) === provider).length);
  });
  return Math.max(...counts);
}
