import type { Case, Judged } from "./case.js";
import { type ContainResult, standings } from "./result.js";
import { alarmMs } from "./watch.js";

/** Told again this much later. Milliseconds. */
const hourMs = 3_600_000;

/** The time of this run is over. The watch goes on. @throws KeyturnError `scheduler_…` where no watch stands */
export async function notYet(its: Case, judged: readonly Judged[]): Promise<ContainResult> {
  const { rotation, watch, report, known } = its;
  await watch?.arrange(rotation.parts.request, report, known);
  watch?.mustStand();
  return { ...standings(its, judged), outcome: outcomeOf(its, judged) };
}

/** Past the deadline it is an alarm, hourly: when it was told last travels with what is known. */
export function alarm(its: Case, judged: readonly Judged[]): void {
  const { rotation, report, known, trouble } = its;
  const { tell, clock } = rotation.parts;
  const now = clock.now();
  if (now.getTime() < Date.parse(report.at) + alarmMs) return;
  const outcome = outcomeOf(its, judged);
  for (const { version, handle, state } of standings(its, judged).versions) {
    const { alarmedAt } = known[version] ?? {};
    const isTold = alarmedAt !== undefined && now.getTime() < Date.parse(alarmedAt) + hourMs;
    if (state === "done" || isTold) continue;
    known[version] = { ...known[version], alarmedAt: now.toISOString() };
    tell("Leak Not Contained", {
      ...{ version, code: outcome, message: trouble?.message ?? state },
      ...(handle !== undefined && { handle }),
    });
  }
}

/** Of a key that could not be looked at, labels and what was known before must do. */
function outcomeOf(
  { known, report, currentId }: Case,
  judged: readonly Judged[],
): "not_replaced" | "not_dead" {
  const isCurrent = report.versions.some((version) => {
    const seen = judged.find(({ versionId }) => versionId === version);
    const { wasCurrent, replacedAt } = known[version] ?? {};
    if (seen) return seen.key.held === "current";
    return version === currentId || (wasCurrent === true && replacedAt === undefined);
  });
  return isCurrent ? "not_replaced" : "not_dead";
}
