import { failureCodes } from "../../../providers/kit/failure.js";
import { codeIn, type Outcome } from "../outcome.js";

/** A failure whose code says that the same call may succeed later. */
export function retryable(outcome: Outcome): boolean {
  const code = outcome.kind === "thrown" ? codeIn(outcome.thrown) : undefined;
  return code !== undefined && failureCodes[code].retryable;
}
