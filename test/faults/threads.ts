import type { Truth } from "./truth.js";
import type { Director, Fate, Interaction, Runner } from "./wire.js";
import type { World } from "./world.js";

/** How a thread ended: the name of what it threw, or `done`. */
export type End = string;
type Fits = (interaction: Interaction) => boolean;

/** Invocations of one function, one after the other until one throws, that a test holds before any request and lets go on. */
export interface Thread {
  /** What it has sent, or is about to send. */
  readonly trace: readonly Interaction[];
  /** Goes on until it is about to send a request that fits, and stays there; undefined when it ended before. Default: any request. */
  until(fits?: Fits): Promise<Interaction | undefined>;
  /** Goes on to its end. `fate`: what becomes of the request that it is held before. */
  finish(fate?: Fate): Promise<End>;
}

interface Running {
  readonly trace: Interaction[];
  held: Held | undefined;
  goOn: (fate: Fate) => void;
}

interface Held {
  readonly paused: (interaction: Interaction | undefined) => void;
  readonly fits: Fits;
}

/**
 * Several invocations at once, of which one runs at a time, and only as far as the test lets it. Whoever is held sleeps, so that time
 * may pass for the others; after 60 s of it Lambda ends the invocation.
 */
export class Threads implements Director {
  readonly #world: World;
  readonly #truth: Truth;
  readonly #threads = new Map<string, Running>();

  constructor(world: World, truth: Truth) {
    this.#world = world;
    this.#truth = truth;
  }

  /** A thread that has sent nothing yet. No two of them have one name. */
  start(name: string, events: readonly unknown[]): Thread {
    const trace: Interaction[] = [];
    const thread: Running = { trace, held: undefined, goOn: () => undefined };
    this.#threads.set(name, thread);
    let run: Promise<End> | undefined;
    const begun = () => {
      run ??= this.#run(name, events).finally(() => thread.held?.paused(undefined));
      return run;
    };
    return {
      trace,
      until: (fits = () => true) =>
        new Promise((paused) => {
          thread.held = { paused, fits };
          thread.goOn("pass");
          void begun();
        }),
      finish: (fate = "pass") => {
        thread.held = undefined;
        thread.goOn(fate);
        return begun();
      },
    };
  }

  async before(interaction: Interaction): Promise<Fate> {
    const thread = this.#threads.get(interaction.runner.name);
    thread?.trace.push(interaction);
    const { held } = thread ?? {};
    if (!thread || !held?.fits(interaction)) return "pass";
    return asleep(
      interaction.runner,
      () =>
        new Promise((goOn) => {
          thread.goOn = goOn;
          held.paused(interaction);
        }),
    );
  }

  after(interaction: Interaction): Promise<void> {
    return this.#truth.passed(interaction);
  }

  async #run(name: string, events: readonly unknown[]): Promise<End> {
    for (const event of events) {
      try {
        await this.#world.invoke(name, event);
      } catch (error) {
        return error instanceof Error ? error.name : "error";
      }
    }
    return "done";
  }
}

/** Waits as someone who sleeps until it is over. */
async function asleep<Result>({ clock }: Runner, wait: () => Promise<Result>): Promise<Result> {
  const awake = new AbortController();
  clock.sleep(Number.POSITIVE_INFINITY, awake.signal).catch(() => undefined);
  try {
    return await wait();
  } finally {
    awake.abort();
  }
}
