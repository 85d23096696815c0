import { classOf, ofContainment, ofProcess, singles, stretches } from "./cases.js";
import { contain, type Leak, leaksOf } from "./containment.js";
import { isEvent } from "./happenings.js";
import { heldEverywhere, interleavings } from "./interleavings.js";
import { leakInterleavings } from "./leak-interleavings.js";
import { inWords, playAll, type Result, type Setting, Stage, traceOf } from "./matrix.js";
import { pairs } from "./pairs.js";
import { type Coming, comings, type Planned } from "./play.js";
import { sequence, shrunk } from "./random.js";
import { shipped } from "./shipped.js";

export const kinds = ["single", "pair", "random", "interleaving", "end", "containment"] as const;
export type Kind = (typeof kinds)[number];

/** A part of the matrix that one process plays. */
export interface Job {
  readonly kind: Kind;
  readonly provider: string;
  /** The part-th of so many. */
  readonly part: number;
  readonly of: number;
  readonly seed: number;
}

/** One case that was played. */
export interface Told {
  readonly job: Job;
  readonly what: string;
  readonly outcome: string;
  readonly broken: readonly string[];
  /** Of a single fault: where it belongs in the table, and the class whose members must have one outcome. */
  readonly row?: { readonly step: string; readonly fault: string; readonly sameAs: string };
}

/** Random sequences of each provider. */
export const sequences = 40;

/** Plays a job, and tells of each case. */
export async function* play(job: Job): AsyncGenerator<Told> {
  const setting: Setting = { product: shipped, provider: job.provider };
  const isMine = (index: number) => index % job.of === job.part;
  const told = ({ plan, played: { outcome, broken } }: Result): Told => ({
    ...{ job, what: inWords(plan), outcome, broken },
  });
  if (job.kind === "interleaving") {
    const stage = new Stage(setting);
    try {
      for (const interleaving of [...interleavings, ...leakInterleavings].filter((_, index) => isMine(index)))
        for await (const { where, broken } of heldEverywhere(stage, interleaving))
          yield { job, what: `${interleaving.name}, ${where}`, outcome: "", broken };
    } finally {
      await stage.close();
    }
  } else if (job.kind === "end") {
    yield* ends(job, setting);
  } else if (job.kind === "containment") {
    for (const leak of leaksOf(job.provider).filter((_, index) => isMine(index)))
      yield* containments(job, setting, leak);
  } else if (job.kind === "pair") {
    for await (const result of pairs(setting, isMine)) yield told(result);
  } else if (job.kind === "single") {
    const trace = await traceOf(setting);
    const stretch = stretches(trace);
    const plans = singles(trace).filter((_, index) => isMine(index));
    for await (const result of playAll(
      setting,
      plans.map((planned) => [planned]),
    )) {
      const { at, what } = result.plan[0] ?? { at: 1, what: "die" as const };
      const step = trace[at - 1]?.runner.step ?? "";
      const where = isEvent(what) ? `@${at}` : `stretch ${stretch[at - 1]}`;
      const sameAs = `${job.provider} ${classOf(what, trace[at - 1])} ${where}`;
      yield { ...told(result), row: { step, fault: what, sameAs } };
    }
  } else {
    const { length } = await traceOf(setting);
    const seeds = Array.from({ length: sequences }, (_, index) => job.seed + index).filter((_, index) =>
      isMine(index),
    );
    for (const seed of seeds) {
      for await (const result of playAll(setting, [sequence(seed, length)])) {
        const { broken } = result.played;
        const least = broken.length > 0 ? await shrunk(setting, result.plan) : result.plan;
        yield { ...told(result), what: `seed ${seed}: ${inWords(least)}` };
      }
    }
  }
}

/** The end of an overlap: however often it is called, and with every single fault that its process can meet. */
async function* ends(job: Job, setting: Setting): AsyncGenerator<Told> {
  const stage = new Stage(setting);
  const end = async (plan: readonly Planned[], comes: Coming = "once") => {
    const { player } = await stage.ready();
    const played = await player.endOfOverlap(plan, comes);
    if (played.broken.length > 0) await stage.close();
    return played;
  };
  try {
    const { trace } = await end([]);
    for (const comes of comings) {
      const { outcome, broken } = await end([], comes);
      yield { job, what: `the end comes ${comes}`, outcome, broken };
    }
    for (const planned of ofProcess(trace)) {
      const { outcome, broken } = await end([planned]);
      yield { job, what: `the end, ${inWords([planned])}`, outcome, broken };
    }
  } finally {
    await stage.close();
  }
}

/** A leak whose containment nothing disturbs, and then with one of each class of single faults. */
async function* containments(job: Job, setting: Setting, leak: Leak): AsyncGenerator<Told> {
  const stage = new Stage(setting);
  try {
    const { trace, outcome, broken } = await contain(await stage.ready(), leak, []);
    yield { job, what: `a leak of ${leak.name}, nothing`, outcome, broken };
    for (const planned of ofContainment(trace)) {
      const played = await contain(await stage.ready(), leak, [planned]);
      const step = `contain ${leak.name}`;
      const sameAs = `${job.provider} ${step} ${inWords([planned])}`;
      yield {
        ...{ job, what: `a leak of ${leak.name}, ${inWords([planned])}` },
        ...{ outcome: played.outcome, broken: played.broken },
        row: { step, fault: planned.what, sameAs },
      };
      if (played.broken.length > 0) await stage.close();
    }
  } finally {
    await stage.close();
  }
}
