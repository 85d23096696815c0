import { expect } from "vitest";
import { builtin } from "../../providers/index.js";
import { CodedError } from "../../providers/kit/failure.js";
import type { StepName } from "../../services/rotation/event.js";
import type { SeededSecret } from "../../services/sandbox/seed.js";
import { type Bench, startBench } from "./bench.js";
import { stage } from "./staged.js";

/** Every kind of key, by its name in `Bench`. */
const providerOf = {
  github: "github/installation-token",
  stripe: "stripe/restricted-key",
  deployKey: "github/deploy-key",
  webhook: "stripe/webhook-secret",
} as const;
export type Kind = keyof typeof providerOf;
export const kinds = ["github", "stripe", "deployKey", "webhook"] as const satisfies readonly Kind[];
/** One of each sort that the core can tell apart: not listed by its vendor, listed, made here. The fault matrix plays every kind. */
export const sorts = ["github", "stripe", "deployKey"] as const satisfies readonly Kind[];
/** One kind of each vendor: for what does not depend on the kind. */
export const vendors = ["github", "stripe"] as const satisfies readonly Kind[];
export type Vendor = (typeof vendors)[number];

/** In which field a kind's value holds its key. */
export const fieldOf: Readonly<Record<Kind, string>> = {
  ...{ github: "token", stripe: "apiKey", deployKey: "privateKey", webhook: "signingSecret" },
};

/** The service of the sandbox where a kind of key is made. */
export const serviceOf = (kind: Kind): Vendor =>
  providerOf[kind].startsWith("github/") ? "github" : "stripe";

/** The steps that do something; setSecret makes no call. */
export const workingSteps = ["createSecret", "testSecret", "finishSecret"] as const;

export const only = (kind: Kind) => builtin.filter(({ id }) => id === providerOf[kind]);

/** Both kinds of keys outlive two such intervals, so that the previous key is alive when it is due to end. */
export const quick = { declare: { every: "20m" } };

/** A rotation later, the overlap over: there is a current key, and a previous one that is due to end. */
export async function toSteady<Opened extends Bench>(
  bench: Opened,
  which: readonly Kind[] = vendors,
): Promise<Opened> {
  const [first = "github"] = which;
  await bench.pastOverlap(bench[first]);
  for (const vendor of which) expect((await bench.rotate(bench[vendor])).outcome).toBe("succeeded");
  await bench.pastOverlap(bench[first]);
  return bench;
}

/** A bench with both secrets in the middle of a rotation: whatever is let through would make or end a key. */
export async function midway() {
  const bench = await toSteady(await startBench(quick));
  const rotations = { github: await stage(bench, bench.github), stripe: await stage(bench, bench.stripe) };
  return { bench, rotations };
}

export type Midway = Awaited<ReturnType<typeof midway>>;

/** An event as Secrets Manager sends it, for any version. */
export async function eventFor(bench: Bench, { name }: SeededSecret, step: StepName, token: string) {
  const { ARN } = await bench.aws.describeSecret({ SecretId: name });
  return { Step: step, SecretId: ARN, ClientRequestToken: token };
}

/**
 * The one coded error that an invocation ends in. It says what was expected, what came and what to do next, the log
 * ends in it, and neither shows anything that looks like a credential.
 */
export async function refusal(bench: Bench, act: () => Promise<unknown>): Promise<CodedError<string>> {
  const from = bench.log.length;
  const thrown: unknown = await act().then(
    () => "nothing: it succeeded",
    (error: unknown) => error,
  );
  if (!(thrown instanceof CodedError)) throw new Error(`expected a coded error; found ${String(thrown)}`);
  const { code, name, retryable, explanation, message } = thrown;
  expect(name).toBe(code);
  for (const part of [explanation.expected, explanation.found, explanation.next]) {
    expect(part, message).toMatch(/\w{2}/);
    expect(message).toContain(part);
  }
  const lines = bench.log.slice(from);
  expect(lines.filter((line) => line.includes('"step_failed"'))).toEqual(lines.slice(-1));
  expect(JSON.parse(lines.at(-1) ?? "")).toMatchObject({ event: "step_failed", code, retryable, message });
  expect(`${message}\n${lines.join("\n")}`).not.toMatch(/gh[a-z]_\w{6}|[rs]k_(test|live)_\w|PRIVATE KEY|eyJ/);
  return thrown;
}

/** The same, for input that must change nothing: not a label, not a key, none made, none ended. */
export async function refusedUnchanged(
  bench: Bench,
  secret: SeededSecret,
  act: () => Promise<unknown>,
): Promise<string> {
  const before = await bench.snapshot(secret);
  const { code } = await refusal(bench, act);
  expect(await bench.snapshot(secret)).toEqual(before);
  return code;
}

/**
 * Rotates until the secret has turned, as often as AWS would within an hour. An ended key whose value nobody has may be
 * waited for longer than one rotation is tried, and nothing else may stop it.
 */
export async function turns(bench: Bench, secret: SeededSecret): Promise<void> {
  const holder = async () =>
    Object.entries(await bench.labels(secret)).find(([, stages]) => stages.includes("AWSCURRENT"))?.[0];
  const before = await holder();
  const from = bench.sandbox.journal.last;
  for (let tries = 0; tries < 3 && (await holder()) === before; tries++) {
    // "A previous rotation isn't complete": then that one is tried again.
    await bench.aws.rotateSecret({ SecretId: secret.name }).catch(() => undefined);
    await bench.sandbox.timeline.idle();
    await bench.sandbox.timeline.advance(240_000);
  }
  const errors = bench.sandbox.journal
    .since(from)
    .flatMap((entry) => (entry.kind === "invocation" && entry.error ? [entry.error] : []));
  expect(errors.filter(({ name }) => name !== "too_many_alive")).toEqual([]);
  expect(await holder()).not.toBe(before);
}
