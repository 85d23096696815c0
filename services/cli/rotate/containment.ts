import { createJobs } from "../../rotation/handler.js";
import { holder } from "../../rotation/labels.js";
import type { ContainResult } from "../../rotation/leak/close.js";
import type { Progress, Report } from "../../rotation/leak/report.js";
import { type Leaked, type LeakedVersions, leakedVersions } from "./leaked-versions.js";
import { contextAt, type Here, optionsAt, type Place } from "./place.js";
import { standingReport } from "./standing-report.js";

/** What is reported, beside which versions. */
export interface Reporting
  extends Leaked,
    Pick<Report, "by" | "source" | "reason" | "killFirst" | "evenSo"> {}

/** The containment of one secret's leak, run here as its function would. */
export interface Containment {
  readonly secret: string;
  readonly arn: string;
  readonly provider: string;
  readonly report: Report;
  readonly because: LeakedVersions["because"];
  /** The function that goes on with it every minute when this process ends; undefined where none does. */
  readonly goesOnAt: string | undefined;
  readonly current: string | undefined;
  /** What is known of the keys so far. */
  progress(): Progress;
  /**
   * Runs the job once, for so long at most. What it returns is kept for the next run.
   * @throws KeyturnError, ProviderError
   */
  run(seconds: number): Promise<ContainResult>;
}

/**
 * Fixes what has leaked. Nothing is marked yet.
 * @returns undefined where no version counts as leaked
 * @throws KeyturnError `version_missing`, `store_…`, `scheduler_…`
 */
export async function openContainment(
  here: Here,
  place: Place,
  reporting: Reporting,
): Promise<Containment | undefined> {
  const { versions, because } = await leakedVersions(here, place, reporting);
  if (versions.length === 0) return undefined;
  const standing = await standingReport(place, versions);
  const { by, source, reason, killFirst, evenSo } = reporting;
  const report: Report = {
    ...{ versions: [...versions], at: here.clock.now().toISOString() },
    ...(by !== undefined && { by }),
    ...(source !== undefined && { source }),
    ...(reason !== undefined && { reason }),
    ...standing?.report,
    ...(killFirst && { killFirst }),
    ...(evenSo && { evenSo }),
  };
  const jobs = createJobs(place.provider, optionsAt(place, here));
  let progress = standing?.progress;
  const { ref, provider, around } = place;
  return {
    ...{ secret: ref.name, arn: ref.arn, provider: provider.id, report, because },
    goesOnAt: around?.functionArn,
    current: holder(place.view, "AWSCURRENT"),
    progress: () => progress ?? {},
    async run(seconds) {
      const job = { v: 1, action: "contain", secretId: ref.arn, report, ...(progress && { progress }) };
      const result = await jobs({ keyturn: job }, contextAt(place, here, seconds));
      if (result.action !== "contain") throw new TypeError("a containment has a result of its own");
      progress = progressOf(result);
      return result;
    },
  };
}

function progressOf({ versions }: ContainResult): Progress {
  return Object.fromEntries(versions.map(({ version, state: _, ...known }) => [version, known]));
}
