/** What every error of ours says: what was expected, what came instead, what to do next. Never a secret. */
export interface Explanation {
  readonly expected: string;
  readonly found: string;
  readonly next: string;
}

/**
 * An error with a code from a closed set. Programs act on `code` and `retryable`, people read `message`.
 * It has no `cause`: an SDK's error object may hold headers, bodies or keys, and must not travel.
 */
export class CodedError<Code extends string> extends Error {
  constructor(
    readonly code: Code,
    readonly retryable: boolean,
    readonly explanation: Explanation,
  ) {
    super(`${code}: expected ${explanation.expected}; found ${explanation.found}. ${explanation.next}`);
    this.name = code;
  }
}

/** The codes a provider may fail with, and whether the same call may succeed later. */
export const failureCodes = {
  /** The declared config (or the admin credential's shape) is wrong, or the vendor refuses what it asks for. */
  config_invalid: { retryable: false },
  /** The vendor refuses the admin credential, or it may not do this. */
  admin_rejected: { retryable: false },
  /** The vendor will hold no more keys. */
  quota_reached: { retryable: false },
  /** Too many requests; later it will do. */
  rate_limited: { retryable: true },
  /** Network fault, time-out, 5xx, or another run of the same rotation holds the vendor's mutex. */
  unavailable: { retryable: true },
  /** The vendor said something that its documentation does not know. */
  unexpected: { retryable: false },
} as const;

export type FailureCode = keyof typeof failureCodes;

/** The only error a provider throws. */
export class ProviderError extends CodedError<FailureCode> {
  constructor(
    code: FailureCode,
    explanation: Explanation,
    /** When the vendor said, or documents, how long to wait before the next try. Seconds. */
    readonly retryAfterSeconds?: number,
  ) {
    super(code, failureCodes[code].retryable, explanation);
  }
}

/** Which failure an HTTP status means, unless a vendor's quirk says otherwise. A 2xx here had the wrong shape. */
export function failureOfStatus(status: number): FailureCode {
  if (status === 401 || status === 403) return "admin_rejected";
  if (status === 408 || status === 409 || status === 423 || status === 425) return "unavailable";
  if (status === 429) return "rate_limited";
  if (status >= 400 && status < 500) return "config_invalid";
  if (status >= 500) return "unavailable";
  return "unexpected";
}

const advice: Readonly<Record<FailureCode, string>> = {
  config_invalid: "Compare the declared config with what exists at the vendor.",
  admin_rejected:
    "Check that the admin secret holds a valid credential with the permissions the README names.",
  quota_reached: "Retire keys you no longer need at the vendor, or ask it for a higher limit.",
  rate_limited: "Nothing to do: the rotation is tried again.",
  unavailable:
    "Nothing to do if it passes: the rotation is tried again. If it lasts, see the vendor's status page.",
  unexpected: "Check what stands between this function and the vendor, and report this if nothing does.",
};

/** A provider's failure from an HTTP status: names vendor, request and status, and nothing of the body. */
export function vendorFailure(
  request: string,
  status: number,
  quirk: { code?: FailureCode; found?: string; next?: string; retryAfterSeconds?: number } = {},
): ProviderError {
  const code = quirk.code ?? failureOfStatus(status);
  return new ProviderError(
    code,
    {
      expected: `success from ${request}`,
      found: quirk.found ?? `HTTP status ${status}`,
      next: quirk.next ?? advice[code],
    },
    quirk.retryAfterSeconds,
  );
}

/**
 * The ProviderError inside whatever a vendor's SDK threw: SDKs wrap what the lent `fetch` throws.
 * Looks along `cause` and `detail`, five steps at most.
 */
export function providerErrorIn(thrown: unknown): ProviderError | undefined {
  let at: unknown = thrown;
  for (let depth = 0; depth < 5 && typeof at === "object" && at !== null; depth++) {
    if (at instanceof ProviderError) return at;
    at = "cause" in at && at.cause ? at.cause : "detail" in at ? at.detail : undefined;
  }
  return undefined;
}
