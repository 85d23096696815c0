import { ofProcess } from "./cases.js";
import { playAll, type Result, type Setting, traceOf } from "./matrix.js";

/**
 * Every pair of faults that a process can meet, one of each class: the second anywhere in what follows from the first, retries and
 * recovery included.
 * @param part which of the first faults, by their number
 */
export async function* pairs(setting: Setting, part: (first: number) => boolean): AsyncGenerator<Result> {
  const firsts = ofProcess(await traceOf(setting)).filter((_, index) => part(index));
  for await (const { plan, played } of playAll(
    setting,
    firsts.map((first) => [first]),
  )) {
    const [first] = plan;
    if (!first) continue;
    const seconds = ofProcess(played.trace, first.at + 1);
    yield* playAll(
      setting,
      seconds.map((second) => [first, second]),
    );
  }
}
