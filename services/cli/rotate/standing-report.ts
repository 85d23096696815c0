import { isJob, type JobOf, parseJob } from "../../rotation/jobs/job.js";
import type { Progress, Report } from "../../rotation/leak/report.js";
import { secretIdOf, watchesOf } from "../../schedules/names.js";
import { type Here, type Place, schedulesAt } from "./place.js";

/** What is on record of a leak that is not closed. */
export interface StandingReport {
  readonly report: Report;
  readonly progress: Progress;
}

/**
 * The report that goes on for these versions, as the watches in AWS carry it: that of the first who reported any of them. Undefined
 * where nobody watches.
 * @throws KeyturnError `scheduler_…`
 */
export async function standingReport(
  here: Here,
  place: Place,
  versions: readonly string[],
): Promise<StandingReport | undefined> {
  const schedules = schedulesAt(place, here);
  if (!schedules) return undefined;
  const watches = await schedules.list(watchesOf(secretIdOf(place.ref)));
  const jobs = watches
    .flatMap(({ target }) => containIn(target.input) ?? [])
    .filter(({ report }) => report.versions.every((version) => versions.includes(version)))
    .sort((a, b) => Date.parse(a.report.at) - Date.parse(b.report.at));
  const [first] = jobs;
  if (!first) return undefined;
  return {
    report: { ...first.report, versions: [...versions] },
    progress: Object.assign({}, ...jobs.map(({ progress }) => progress ?? {})),
  };
}

function containIn(input: string): JobOf<"contain"> | undefined {
  try {
    const event: unknown = JSON.parse(input);
    const job = isJob(event) ? parseJob(event) : undefined;
    return job?.action === "contain" ? job : undefined;
  } catch {
    return undefined;
  }
}
