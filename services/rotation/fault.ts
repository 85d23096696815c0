import { CodedError } from "../../providers/kit/failure.js";
import { KeyturnError } from "../errors.js";
import type { Log } from "../log.js";

/** A coded error as it is. Anything else is a fault of ours, of which only what cannot hold a value is kept. */
export function withoutSecrets(error: unknown, log: Log): CodedError<string> {
  if (error instanceof CodedError) return error;
  log.error("internal_fault", { kind: kindOf(error), stack: placesOf(error) });
  return new KeyturnError("internal", {
    expected: "the step or job to end in success or in a coded error",
    found: "a fault in Keyturn itself or in a provider",
    next: "Report it with the log line internal_fault of this invocation, which holds no secret.",
  });
}

/** The language's own class of error: a name can be set to anything. */
function kindOf(error: unknown): string {
  const known = [TypeError, RangeError, SyntaxError, ReferenceError, Error];
  return known.find((type) => error instanceof type)?.name ?? typeof error;
}

/** Where it was thrown: files of ours and lines. A message may span lines and imitate them, so text is not copied. */
function placesOf(error: unknown): string {
  const stack = error instanceof Error ? (error.stack ?? "") : "";
  return [...stack.matchAll(/\/([a-z][a-z-]{0,30}\.m?[jt]s:\d{1,6}:\d{1,6})\)?$/gm)]
    .map(([, place]) => place)
    .join(" ");
}
