import { type Planned, type Played, Player } from "./play.js";
import type { Interaction } from "./wire.js";
import { type Product, startWorld, type World } from "./world.js";

/** A case, and what became of it. */
export interface Result {
  readonly plan: readonly Planned[];
  readonly played: Played;
}

/** What cases are played with. */
export interface Setting {
  readonly product: Product;
  readonly provider: string;
}

/** So many cases are played in one sandbox, each where the last one left off: a secret that rotates no more fails the next. */
const casesAWorld = 25;

/** A sandbox with a secret that stands where every rotation begins; for a while. */
export class Stage {
  readonly #setting: Setting;
  #open: { readonly world: World; readonly player: Player } | undefined;
  #cases = 0;

  constructor(setting: Setting) {
    this.#setting = setting;
  }

  /** The secret, at the beginning of a rotation. */
  async ready(): Promise<{ readonly world: World; readonly player: Player }> {
    if (++this.#cases % casesAWorld === 0) await this.close();
    if (!this.#open) {
      const { product, provider } = this.#setting;
      const world = await startWorld(product, provider, true);
      this.#open = { world, player: new Player(world) };
    }
    await this.#open.player.steady();
    return this.#open;
  }

  /** Ends the sandbox: the next case has a new one. */
  async close(): Promise<void> {
    const open = this.#open;
    this.#open = undefined;
    await open?.world.close();
  }
}

/** Plays each case. After one that broke something the next begins in a new sandbox. */
export async function* playAll(
  setting: Setting,
  plans: Iterable<readonly Planned[]>,
): AsyncGenerator<Result> {
  const stage = new Stage(setting);
  try {
    for (const plan of plans) {
      const { player } = await stage.ready();
      const played = await player.play(plan);
      if (played.broken.length > 0) await stage.close();
      yield { plan, played };
    }
  } finally {
    await stage.close();
  }
}

/** The requests of an undisturbed rotation. */
export async function traceOf(setting: Setting): Promise<readonly Interaction[]> {
  for await (const { played } of playAll(setting, [[]])) return played.trace;
  return [];
}

/** A case in words. */
export function inWords(plan: readonly Planned[]): string {
  return plan.map(({ at, what }) => `${what} @${at}`).join(", ") || "nothing";
}
