import type { ContainResult } from "../leak/close.js";
import { contain } from "../leak/contain.js";
import { type AbortResult, abort } from "./abort.js";
import { type EndResult, endOverlap } from "./end-overlap.js";
import type { Job } from "./job.js";
import type { JobParts } from "./parts.js";
import { type RecoverResult, recover } from "./recover.js";
import { type RollbackResult, rollback } from "./rollback.js";

/** What a job did. Plain data, for whoever invoked the function. */
export type JobResult = AbortResult | RecoverResult | RollbackResult | EndResult | ContainResult;

/** Does a job. Each may run twice, at once, and beside the steps of a rotation. */
export function runJob(parts: JobParts, job: Job): Promise<JobResult> {
  switch (job.action) {
    case "abort":
      return abort(parts, job);
    case "recover":
      return recover(parts, job);
    case "rollback":
      return rollback(parts, job);
    case "end-overlap":
      return endOverlap(parts, job);
    case "contain":
      return contain(parts, job);
  }
}
