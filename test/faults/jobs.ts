import { classOf, singles, stretches } from "./cases.js";
import { isEvent } from "./happenings.js";
import { heldEverywhere, interleavings } from "./interleavings.js";
import { inWords, playAll, type Result, type Setting, Stage, traceOf } from "./matrix.js";
import { pairs } from "./pairs.js";
import { sequence, shrunk } from "./random.js";
import { shipped } from "./shipped.js";

export const kinds = ["single", "pair", "random", "interleaving"] as const;
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
      for (const interleaving of interleavings.filter((_, index) => isMine(index)))
        for await (const { where, broken } of heldEverywhere(stage, interleaving))
          yield { job, what: `${interleaving.name}, ${where}`, outcome: "", broken };
    } finally {
      await stage.close();
    }
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
