import { holder } from "../../rotation/labels.js";
import type { Progress, Report } from "../../rotation/leak/report.js";
import type { ContainResult } from "../../rotation/leak/result.js";
import { type Leaked, type LeakedVersions, leakedVersions } from "./leaked-versions.js";
import { contextAt, type Here, jobsAt, type Place } from "./place.js";
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
   * Runs the job once, for so long at most. The next run knows what this one has found out, as its watch carries it.
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
  const standing = await standingReport(here, place, versions);
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
  const jobs = jobsAt(place, here);
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
      progress = result.progress;
      return result;
    },
  };
}
