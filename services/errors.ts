import { CodedError, type Explanation } from "../providers/kit/failure.js";

/** Every code the core fails with, and whether the same call may succeed later. Providers' codes stand in the kit. */
export const errorCodes = {
  // The event and the deployment
  event_invalid: { retryable: false },
  step_unknown: { retryable: false },
  declaration_invalid: { retryable: false },
  secret_undeclared: { retryable: false },
  provider_not_here: { retryable: false },
  // The state of the rotation, as Secrets Manager's labels show it
  rotation_disabled: { retryable: false },
  token_not_staged: { retryable: false },
  rotation_aborted: { retryable: false },
  current_moved: { retryable: true },
  // What a job finds
  abort_unseen: { retryable: true },
  rotation_pending: { retryable: true },
  rollback_pending: { retryable: true },
  rollback_refused: { retryable: false },
  claim_over: { retryable: true },
  rollback_first: { retryable: false },
  // Values
  value_missing: { retryable: false },
  value_invalid: { retryable: false },
  value_newer: { retryable: false },
  value_rewritten: { retryable: false },
  provider_mismatch: { retryable: false },
  handle_foreign: { retryable: false },
  // The admin secret
  admin_missing: { retryable: false },
  admin_unreadable: { retryable: false },
  admin_invalid: { retryable: false },
  // Keys
  overlap_open: { retryable: true },
  previous_alive: { retryable: true },
  previous_unlabelled: { retryable: false },
  current_unlabelled: { retryable: false },
  mint_in_flight: { retryable: true },
  too_many_alive: { retryable: true },
  mint_late: { retryable: true },
  key_rejected: { retryable: true },
  // Leaked values
  leak_input_too_large: { retryable: false },
  leak_report_refused: { retryable: false },
  /** A bus did not take what had to go over it, or that is not known. */
  bus_unavailable: { retryable: true },
  version_missing: { retryable: false },
  // Secrets Manager itself
  store_denied: { retryable: false },
  store_missing: { retryable: false },
  store_refused: { retryable: false },
  store_unconfigured: { retryable: false },
  /** The outcome is unknown: network, time, 5xx. */
  store_unavailable: { retryable: true },
  /** Too many calls; nothing was done. */
  store_throttled: { retryable: true },
  // EventBridge Scheduler
  scheduler_denied: { retryable: false },
  scheduler_missing: { retryable: false },
  scheduler_refused: { retryable: false },
  /** The outcome is unknown, or nothing was done for too many calls. */
  scheduler_unavailable: { retryable: true },
  schedule_owned: { retryable: false },
  time_passed: { retryable: false },
  // The log group of events
  history_missing: { retryable: false },
  history_denied: { retryable: false },
  history_unavailable: { retryable: true },
  /** A fault of ours: the log has the stack, without its message. */
  internal: { retryable: false },
} as const;

export type ErrorCode = keyof typeof errorCodes;

/** The core's error. Its name is its code, so that Lambda's and CloudTrail's records show it first. */
export class KeyturnError extends CodedError<ErrorCode> {
  constructor(code: ErrorCode, explanation: Explanation) {
    super(code, errorCodes[code].retryable, explanation);
  }
}
