import { stepNames } from "../../services/rotation/event.js";
import { switchDefaults } from "../../services/sandbox/aws/switches.js";
import { begin } from "../rotation/staged.js";
import type { Planned, Played, Player } from "./play.js";
import { killed } from "./wire.js";
import type { World } from "./world.js";

const minute = 60_000;
/** Longer than the slowest death, a rotation that is stuck, and one more. Minutes. */
const mostMinutes = 45;
/** An asynchronous call that failed is made again after so many minutes. */
const againAfter = [1, 3];

/** What leaks, and where the secret stands then. */
export interface Leak {
  readonly name: string;
  /** Whose keys are reported. */
  readonly stages: readonly ("AWSCURRENT" | "AWSPREVIOUS" | "AWSPENDING")[];
  /** A rotation is open that has done so many steps, and nobody runs it. */
  readonly steps?: number;
  readonly killFirst?: true;
  /** With this kind only. */
  readonly only?: string;
}

/** Every state of a leak that a crash could leave half contained. */
export const leaks: readonly Leak[] = [
  { name: "current", stages: ["AWSCURRENT"] },
  { name: "previous", stages: ["AWSPREVIOUS"] },
  { name: "both", stages: ["AWSCURRENT", "AWSPREVIOUS"] },
  { name: "pending", stages: ["AWSPENDING"], steps: 1 },
  { name: "pending, registered", stages: ["AWSPENDING"], steps: 2, only: "github/deploy-key" },
  { name: "current, with a rotation half way", stages: ["AWSCURRENT"], steps: 2 },
  { name: "current and pending", stages: ["AWSCURRENT", "AWSPENDING"], steps: 2 },
  {
    ...{ name: "both, killed first", stages: ["AWSCURRENT", "AWSPREVIOUS"], killFirst: true },
    only: "github/installation-token",
  },
];

/** Those that a kind of key can have. */
export const leaksOf = (provider: string): readonly Leak[] =>
  leaks.filter(({ only }) => only === undefined || only === provider);

/** Whoever reads a secret's keys at a moment and reports them: from then on they count as leaked. The job that contains them. */
export async function report({ world, player }: Scene, { stages, killFirst }: Leak): Promise<unknown> {
  const versions: string[] = [];
  for (const stage of stages) {
    const versionId = world.holder(stage);
    const handle = await player.truth.handleAt(stage);
    if (!versionId) continue;
    if (!versions.includes(versionId)) versions.push(versionId);
    if (handle) player.truth.report(handle);
  }
  if (killFirst) player.truth.killsFirst = true;
  const at = world.sandbox.timeline.now().toISOString();
  const told = { versions, at, ...(killFirst && { killFirst }) };
  return { keyturn: { v: 1, action: "contain", secretId: world.arn, report: told } };
}

export interface Scene {
  readonly world: World;
  readonly player: Player;
}

/** A leak and its containment, in which all this happens, until all is over; then the secret rotates once more. */
export async function contain(scene: Scene, leak: Leak, plan: readonly Planned[]): Promise<Played> {
  const { world, player } = scene;
  await player.begin();
  if (leak.steps !== undefined) await half(scene, leak.steps);
  const job = await report(scene, leak);
  const trace = player.follow(plan);
  const failure = await failureOf(scene, job);
  // Whoever asked is told of what was thrown. Of a process that was killed the watch must be enough, unless it has not even begun.
  const isBegun = marks(world).length > 0 || (await world.schedules("kt-watch-")).length > 0;
  const isRepeated = failure !== undefined && !(failure === killed && isBegun);
  const { minutes, broken } = await untilContained(scene, isRepeated ? job : undefined);
  const outcome = minutes > mostMinutes ? "never" : minutes === 0 ? "contained" : "recovered";
  return { outcome, trace, most: player.truth.most, broken };
}

/** A rotation that has done so many steps, and that AWS has given up. */
async function half({ world }: Scene, steps: number): Promise<void> {
  const { sandbox, secretId, arn, invoke } = world;
  const ClientRequestToken = await begin(world, secretId);
  sandbox.secretsManager.set("retries", switchDefaults.retries);
  for (const Step of stepNames.slice(0, steps))
    await invoke("before", { Step, SecretId: arn, ClientRequestToken });
}

/** Claims end by themselves, and the next job takes them off. */
const marks = ({ versions }: World) =>
  versions().flatMap(({ stages }) => stages.filter((label) => /^keyturn:(leaked|killed):/.test(label)));

function failureOf({ world }: Scene, job: unknown): Promise<string | undefined> {
  return world.invoke("AWS's", job).then(
    () => undefined,
    (error: unknown) => (error instanceof Error ? error.message : "it threw"),
  );
}

/**
 * Minute by minute, with the watch, and recovery every five, until no leaked key is alive or has a label, no mark and no watch is left. Then what
 * must hold is looked at, and the secret rotates.
 * @param job the report, where its call failed: made again as Lambda would
 */
export async function untilContained(
  scene: Scene,
  job: unknown,
): Promise<{ readonly minutes: number; readonly broken: readonly string[] }> {
  const { world, player } = scene;
  const { sandbox, arn, invoke } = world;
  let again = job;
  let minutes = 0;
  for (; minutes <= mostMinutes && (again || (await left(scene)).length > 0); minutes++) {
    await sandbox.timeline.advance(minute);
    if (again && againAfter.includes(minutes + 1) && (await failureOf(scene, again)) === undefined)
      again = undefined;
    if (minutes + 1 > Math.max(...againAfter)) again = undefined;
    if (minutes % 5 === 4)
      await invoke("recovery", { keyturn: { v: 1, action: "recover", secretId: arn } }).catch(
        () => undefined,
      );
    await sandbox.timeline.advance(0);
  }
  const broken = [...(await player.truth.end(true)), ...(await left(scene))];
  player.follow([]);
  if (broken.length > 0) return { minutes, broken };
  const next = await player.play([]);
  return { minutes, broken: next.broken.map((what) => `the next rotation: ${what}`) };
}

/** What is yet to be done about the leak. */
async function left({ world, player }: Scene): Promise<readonly string[]> {
  const { truth } = player;
  const found: string[] = [];
  const isLeaked = async (stage: string) => truth.leaked.has((await truth.handleAt(stage)) ?? "");
  if (truth.live().some((handle) => truth.leaked.has(handle))) found.push("a leaked key works");
  for (const stage of ["AWSCURRENT", "AWSPREVIOUS", "AWSPENDING"])
    if (await isLeaked(stage)) found.push(`${stage} holds a leaked key`);
  if (!player.isAtRest()) found.push("a rotation is open");
  const labels = marks(world);
  if (labels.length > 0) found.push(`labels are left: ${labels.join(", ")}`);
  if (found.length === 0 && (await world.schedules("kt-watch-")).length > 0) found.push("a watch is left");
  return found;
}
