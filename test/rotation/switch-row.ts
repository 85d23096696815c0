import { type RotateSecretRequest, SecretsManager } from "@aws-sdk/client-secrets-manager";
import type { Provider } from "../../providers/kit/plug.js";
import { createHandler, type FunctionContext } from "../../services/rotation/handler.js";
import { leakMark } from "../../services/rotation/labels.js";
import { type Sandbox, startSandbox } from "../../services/sandbox/sandbox.js";
import { sandboxCredentials, sandboxRegion, seedSandbox } from "../../services/sandbox/seed.js";

/** What goes wrong, once: before or after a step has done its work. */
const troubles = {
  none: undefined,
  "createSecret dies at its beginning": { step: "createSecret", when: "before", dies: true },
  "createSecret dies at its end": { step: "createSecret", when: "after", dies: true },
  "finishSecret dies at its end": { step: "finishSecret", when: "after", dies: true },
  "the current key leaks before setSecret": { step: "setSecret", when: "before", leaks: "AWSCURRENT" },
  "the new key leaks before setSecret": { step: "setSecret", when: "before", leaks: "AWSPENDING" },
} as const;
export type Trouble = keyof typeof troubles;
export const allTroubles: readonly Trouble[] = [
  ...(["none", "createSecret dies at its beginning", "createSecret dies at its end"] as const),
  ...(["finishSecret dies at its end", "the current key leaks before setSecret"] as const),
  ...(["the new key leaks before setSecret"] as const),
];

/** A provider under switches of Secrets Manager, with trouble in one rotation. */
export interface Row {
  readonly provider: Provider;
  readonly trouble: Trouble;
  readonly switches: Readonly<Record<string, unknown>>;
}

/** How things stand after a rotation. */
export interface Round {
  /** AWSCURRENT has another key than before. */
  readonly turned: boolean;
  /** The vendor accepts the key of AWSCURRENT. */
  readonly currentWorks: boolean;
  /** AWSPENDING is on a version that is not current. */
  readonly stuck: boolean;
  /** Living keys that neither AWSCURRENT nor AWSPREVIOUS holds. */
  readonly strays: number;
  /** A key that was marked as leaked lives. */
  readonly leakLives: boolean;
}

/** What became of a row: the first rotation, one undisturbed, the one with the trouble, one by AWS's own schedule. */
export interface Told {
  readonly rounds: readonly Round[];
  /** The most keys that lived at once, looked at after every exchange with the vendor. */
  readonly mostLive: number;
  /** Codes of what the function threw in the rotation with the trouble. */
  readonly errors: readonly string[];
}

const every = "25m";
const minute = 60_000;
/** More than any step makes. */
const mostRequests = 300;

/** One sandbox for many rows. */
export async function startRows() {
  const sandbox = await startSandbox({ start: new Date("2026-06-01T00:00:00Z") });
  const config = { endpoint: sandbox.urls.aws, region: sandboxRegion, credentials: sandboxCredentials };
  const aws = new SecretsManager({ ...config, maxAttempts: 1 });
  return {
    ...{ sandbox, aws },
    close: async () => {
      aws.destroy();
      await sandbox.close();
    },
    /** @param mend what a human does after the trouble */
    run: async (row: Row, mend: (secretId: string) => Promise<unknown> = () => Promise.resolve()) => {
      const bench = await begin(sandbox, aws, row);
      await bench.first();
      await bench.rotate();
      const from = sandbox.journal.last;
      bench.arm(row.trouble);
      await bench.rotate();
      const errors = codes(sandbox, from);
      await mend(bench.secretId);
      await bench.byItself();
      return { rounds: bench.rounds, mostLive: mostLive(sandbox), errors } satisfies Told;
    },
  };
}

async function begin(sandbox: Sandbox, aws: SecretsManager, { provider, switches }: Row) {
  const { timeline, secretsManager } = sandbox;
  sandbox.reset();
  for (const [name, value] of Object.entries(switches)) secretsManager.set(name, value);
  let armed: Trouble = "none";
  let leaked: string | undefined;
  const meet = async (when: "before" | "after", event: unknown) => {
    const trouble = troubles[armed];
    if (trouble?.when !== when || !JSON.stringify(event).includes(`"Step":"${trouble.step}"`)) return;
    armed = "none";
    if ("dies" in trouble) throw new Error("died");
    leaked = await handleAt(trouble.leaks);
    const versionId = holder(trouble.leaks) ?? "";
    const mark = { VersionStage: leakMark(versionId), MoveToVersionId: versionId };
    await aws.updateSecretVersionStage({ SecretId: secretId, ...mark });
  };
  const [secret] = await seedSandbox(sandbox, {
    load: () =>
      Promise.resolve({
        createHandler: (given) => {
          // Connections are kept from one invocation to the next.
          const { requestHandler } = aws.config;
          const handler = createHandler(provider, { ...given, aws: { ...given.aws, requestHandler } });
          return async (event: unknown, context: FunctionContext) => {
            await meet("before", event);
            await bounded(sandbox, handler(event, context));
            await meet("after", event);
          };
        },
      }),
    declare: { every },
    requestTimeoutMs: 5_000,
    providers: [provider],
  });
  const secretId = secret?.name ?? "";

  /** The secret as it is, whatever reads may show. */
  const holder = (stage: string) =>
    secretsManager
      .describe()
      .find(({ name }) => name === secretId)
      ?.versions.find(({ stages }) => stages.includes(stage))?.id;
  const handleAt = async (stage: string): Promise<string | undefined> => {
    secretsManager.set("readLagSeconds", 0);
    const read = await aws.getSecretValue({ SecretId: secretId, VersionStage: stage }).catch(() => undefined);
    secretsManager.set("readLagSeconds", switches["readLagSeconds"] ?? 0);
    return JSON.parse(read?.SecretString ?? '{"keyturn":{}}').keyturn.handle;
  };
  const rounds: Round[] = [];
  const look = async (before: string | undefined) => {
    const [current = "none", previous] = [await handleAt("AWSCURRENT"), await handleAt("AWSPREVIOUS")];
    const live = sandbox.keys().flatMap((key) => (key.live ? [key.handle] : []));
    const pending = holder("AWSPENDING");
    rounds.push({
      turned: current !== "none" && current !== before,
      currentWorks: live.includes(current),
      stuck: pending !== undefined && pending !== holder("AWSCURRENT"),
      strays: live.filter((handle) => handle !== current && handle !== previous).length,
      leakLives: live.some((handle) => handle === leaked),
    });
  };
  /** RotateSecret until the key has turned, with time for AWS's retries; four times at most. */
  const turn = async (before: string | undefined) => {
    for (let tries = 0; tries < 4 && (await handleAt("AWSCURRENT")) === before; tries++) {
      // "A previous rotation isn't complete": then that one is tried again.
      await aws.rotateSecret({ SecretId: secretId }).catch(() => undefined);
      await timeline.idle();
      await timeline.advance(4 * minute);
    }
    await look(before);
  };

  return {
    ...{ secretId, rounds },
    first: async () => {
      await timeline.advance(4 * minute);
      await turn(undefined);
    },
    arm: (trouble: Trouble) => {
      armed = trouble;
    },
    rotate: async () => {
      await timeline.advance(25 * minute);
      await turn(await handleAt("AWSCURRENT"));
    },
    /** By the schedule: three windows at most. */
    byItself: async () => {
      const RotationRules = { ScheduleExpression: "rate(4 hours)" };
      const input: RotateSecretRequest = { SecretId: secretId, RotationRules, RotateImmediately: false };
      await aws.rotateSecret(input).catch(() => undefined);
      await timeline.idle();
      const before = await handleAt("AWSCURRENT");
      for (let tries = 0; tries < 26 && (await handleAt("AWSCURRENT")) === before; tries++)
        await timeline.advance(30 * minute);
      await look(before);
    },
  };
}

const codes = ({ journal }: Sandbox, from: number) =>
  journal
    .since(from)
    .flatMap((entry) => (entry.kind === "invocation" && entry.error ? [entry.error.name] : []));

const mostLive = ({ journal }: Sandbox) =>
  Math.max(...journal.since(0).map((entry) => (entry.kind === "request" ? (entry.live?.length ?? 0) : 0)));

/** Gives up an invocation that asks on and on and never sleeps: time stands still for it, so its time-out never comes. */
async function bounded({ journal }: Sandbox, invocation: Promise<unknown>): Promise<void> {
  const from = journal.last;
  let watch: NodeJS.Timeout | undefined;
  const endless = new Promise<never>((_, reject) => {
    watch = setInterval(() => {
      if (journal.last - from > mostRequests) reject(new Error("endless"));
    }, 100);
  });
  try {
    await Promise.race([invocation, endless]);
  } finally {
    clearInterval(watch);
  }
}
