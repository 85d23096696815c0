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
const openSteps = ({ world }: Open) =>
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
    held: async ({ world, player, threads }) => {
      const named = {
        versionId: world.holder("AWSPREVIOUS"),
        handle: await player.truth.handleAt("AWSPREVIOUS"),
      };
      return threads.start("end", [
        { keyturn: { v: 1, action: "end-overlap", secretId: world.arn, ...named } },
      ]);
    },
    meanwhile: async ({ player }) => {
      await player.rotate(0);
      return "done";
    },
  },
];

const codes = new Set<string>(["done", ...Object.keys(errorCodes), ...Object.keys(failureCodes)]);

/**
 * Every way in which the thread can be held: before its first request, its second, … until it ends without being held.
 * Everyone ends well or with a code, and then the secret rotates on, with nothing broken.
 * @param only where it is held; everywhere, if it is not said
 */
export async function* heldEverywhere(
  stage: Stage,
  { held, meanwhile }: Interleaving,
  only: (interaction: Interaction) => boolean = () => true,
): AsyncGenerator<Held> {
  for (let ways = 0, isHeld = true; isHeld; ways++) {
    const open = await openOn(stage);
    const thread = await held(open);
    let at = 0;
    const there = await thread.until((interaction) => only(interaction) && at++ === ways);
    isHeld = there !== undefined;
    const ended = isHeld ? [await meanwhile(open)] : [];
    ended.push(await thread.finish());
    const uncoded = ended.filter((end) => end === "internal" || !codes.has(end));
    const { broken } = await open.player.settle(open.before, "rotated");
    const where = there ? `held before ${there.runner.step} ${there.operation}` : "never held";
    yield { where, broken: [...broken, ...uncoded.map((end) => `a thread ended in ${end}`)] };
    if (broken.length > 0) await stage.close();
  }
}
