import { SchedulerServiceException } from "@aws-sdk/client-scheduler";
import { KeyturnError } from "../errors.js";

/** Keeps the name of AWS's error and drops the rest: an SDK error holds the request. */
export function schedulerError(operation: string, what: string, error: unknown): KeyturnError {
  const aws = error instanceof SchedulerServiceException ? error : undefined;
  // A code of AWS's own; what stands between us and AWS may put anything there.
  const found = aws ? (/^[A-Za-z.]{1,64}$/.exec(aws.name)?.[0] ?? "an error without a code") : "no answer";
  const status = aws?.$metadata.httpStatusCode ?? 0;
  const expected = `${operation} on ${what} to succeed`;
  if (error instanceof Error && isUnconfigured(error)) {
    return new KeyturnError("store_unconfigured", {
      expected,
      found: /region/i.test(error.message) ? "no AWS Region" : "no AWS credentials",
      next: "Set AWS_REGION and credentials, or AWS_PROFILE, as for every AWS SDK.",
    });
  }
  if (!aws || status >= 500 || status === 429 || /Throttl|TooManyRequests|RequestLimit/.test(found)) {
    return new KeyturnError("scheduler_unavailable", {
      ...{ expected, found },
      next: "Try again: the same call may be repeated. Else check the route to EventBridge Scheduler.",
    });
  }
  if (found === "ResourceNotFoundException") {
    return new KeyturnError("scheduler_missing", {
      ...{ expected, found },
      next: "Check that the schedule group exists in this account and Region: a deployed stack makes it (keyturn-<environment>).",
    });
  }
  if (/AccessDenied|UnrecognizedClient|InvalidSignature|ExpiredToken|MissingAuthentication/.test(found)) {
    return new KeyturnError("scheduler_denied", {
      ...{ expected, found },
      next: "Grant scheduler:* on the schedules of this group, and iam:PassRole on the role that they act with.",
    });
  }
  return new KeyturnError("scheduler_refused", {
    ...{ expected, found },
    next: "Compare the schedule (aws scheduler get-schedule) with what EventBridge Scheduler takes.",
  });
}

/** The SDK's own words for what it misses before it sends anything. */
function isUnconfigured({ name, message }: Error): boolean {
  return name === "CredentialsProviderError" || /^Region (?:is missing|not accepted)/.test(message);
}
