import { failureCodes } from "../../providers/kit/failure.js";
import { errorCodes } from "../../services/errors.js";
import { stepNames } from "../../services/rotation/event.js";
import { switchDefaults } from "../../services/sandbox/aws/switches.js";
import { begin } from "../rotation/staged.js";
import type { Stage } from "./matrix.js";
import type { Player } from "./play.js";
import { type Thread, Threads } from "./threads.js";
import type { Interaction } from "./wire.js";
import type { World } from "./world.js";

/** A secret whose function several run at once. */
export interface Open {
  readonly world: World;
  readonly player: Player;
  readonly threads: Threads;
  /** Handle of the key that must give way. */
  readonly before: string | undefined;
}

/** One thread is held somewhere while the others do all they have to do; then it goes on. */
export interface Interleaving {
  readonly name: string;
  /** The thread that will be held. */
  readonly held: (open: Open) => Promise<Thread>;
  /** What happens meanwhile; resolves to how it ended. */
  readonly meanwhile: (open: Open) => Promise<string>;
  /** What follows, where it is not just recovery. Resolves to what was broken. */
  readonly settle?: (open: Open) => Promise<{ readonly broken: readonly string[] }>;
  /** AWSCURRENT may have gone back: then the key that it holds afterwards must give way. */
  readonly goesBack?: true;
}

/** Where the thread was held, and what was broken. */
export interface Held {
  readonly where: string;
  readonly broken: readonly string[];
}

/** The steps of a rotation that AWS has begun and calls no function for. */
export async function begun(open: Open): Promise<readonly unknown[]> {
  const { sandbox, secretId } = open.world;
  await begin(open.world, secretId);
  sandbox.secretsManager.set("retries", switchDefaults.retries);
  return openSteps(open);
}

/** The steps of the rotation that is open. */
export const openSteps = ({ world }: Open) =>
  stepNames.map((Step) => ({ Step, SecretId: world.arn, ClientRequestToken: world.holder("AWSPENDING") }));

/** A secret at the beginning of a rotation, with nobody at work. */
export async function openOn(stage: Stage): Promise<Open> {
  const { world, player } = await stage.ready();
  const before = await player.begin();
  const threads = new Threads(world, player.truth);
  world.wire.director = threads;
  return { world, player, threads, before };
}

const abort = ({ world }: Open) => [{ keyturn: { v: 1, action: "abort", secretId: world.arn } }];

export const rollback = ({ world }: Open) => [{ keyturn: { v: 1, action: "rollback", secretId: world.arn } }];

export async function endOverlap({ world, player }: Open): Promise<readonly unknown[]> {
  const handle = await player.truth.handleAt("AWSPREVIOUS");
  const named = { versionId: world.holder("AWSPREVIOUS"), handle };
  return [{ keyturn: { v: 1, action: "end-overlap", secretId: world.arn, ...named } }];
}

async function rotation({ player }: Open): Promise<string> {
  await player.rotate(0);
  return "done";
}

/** A rollback of a secret that has a way back: an earlier one may have left it without, and a token must live on for a while. */
export async function wayBack(open: Open): Promise<readonly unknown[]> {
  const { world, player } = open;
  const { SecretString = "" } = await world.aws.getSecretValue({
    ...{ SecretId: world.secretId, VersionStage: "AWSPREVIOUS" },
  });
  const { replaces, expiresAt } = JSON.parse(SecretString).keyturn;
  const isOld = Date.parse(expiresAt) < world.sandbox.timeline.now().getTime() + 15 * 60_000;
  if (replaces !== world.holder("AWSCURRENT") && !isOld) return rollback(open);
  for (let rotations = 0; rotations < 2; rotations++) {
    await player.rotate();
    await world.loseEnds();
    await world.sandbox.timeline.advance(10 * 60_000);
  }
  return rollback(open);
}

export const interleavings: readonly Interleaving[] = [
  {
    name: "two runners of one token",
    held: async (open) => open.threads.start("first", await begun(open)),
    meanwhile: (open) => open.threads.start("second", openSteps(open)).finish(),
  },
  {
    name: "two rotations: the first is aborted",
    held: async (open) => open.threads.start("first", await begun(open)),
    meanwhile: async (open) => {
      const ended = await open.threads.start("abort", abort(open)).finish();
      await open.player.rotate(0);
      return ended;
    },
  },
  {
    name: "an abort, and the rotation half way",
    held: async (open) => {
      await open.threads.start("first", (await begun(open)).slice(0, 2)).finish();
      return open.threads.start("abort", abort(open));
    },
    meanwhile: (open) => open.threads.start("second", openSteps(open)).finish(),
  },
  {
    name: "the end of the overlap, and a rotation",
    held: async (open) => open.threads.start("end", await endOverlap(open)),
    meanwhile: rotation,
  },
  {
    ...{ name: "a rollback, and a rotation", goesBack: true },
    held: async (open) => open.threads.start("rollback", await wayBack(open)),
    meanwhile: rotation,
  },
  {
    ...{ name: "a rollback, and the end of the overlap", goesBack: true },
    held: async (open) => open.threads.start("rollback", await wayBack(open)),
    meanwhile: async (open) => open.threads.start("end", await endOverlap(open)).finish(),
  },
  {
    ...{ name: "the end of the overlap, and a rollback", goesBack: true },
    held: async (open) => {
      await wayBack(open);
      return open.threads.start("end", await endOverlap(open));
    },
    meanwhile: (open) => open.threads.start("rollback", rollback(open)).finish(),
  },
];

/** What the sandbox calls a function's end at its time-out, as Lambda does. */
const timedOut = "Sandbox.Timedout";
const codes = new Set<string>(["done", ...Object.keys(errorCodes), ...Object.keys(failureCodes)]);

/**
 * Every way in which the thread can be held: before its first request, its second, … until it ends without being held.
 * Everyone ends well or with a code, and then the secret rotates on, with nothing broken.
 * @param only where it is held; everywhere, if it is not said
 */
export async function* heldEverywhere(
  stage: Stage,
  { held, meanwhile, goesBack, settle }: Interleaving,
  only: (interaction: Interaction) => boolean = () => true,
): AsyncGenerator<Held> {
  for (let ways = 0, isHeld = true; isHeld; ways++) {
    const open = await openOn(stage);
    const thread = await held(open);
    let at = 0;
    const there = await thread.until((interaction) => only(interaction) && at++ === ways);
    isHeld = there !== undefined;
    const ended = isHeld ? [await meanwhile(open)] : [];
    const last = await thread.finish();
    // Its time went on while it was held: then Lambda ends it, as a death would.
    if (!(isHeld && last === timedOut)) ended.push(last);
    const uncoded = ended.filter((end) => end === "internal" || !codes.has(end));
    const before = goesBack ? await open.player.truth.handleAt("AWSCURRENT") : open.before;
    const { broken } = settle ? await settle(open) : await open.player.settle(before, "rotated");
    const where = there ? `held before ${there.runner.step} ${there.operation}` : "never held";
    yield { where, broken: [...broken, ...uncoded.map((end) => `a thread ended in ${end}`)] };
    if (broken.length > 0) await stage.close();
  }
}
