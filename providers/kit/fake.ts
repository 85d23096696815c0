/** One HTTP request as a fake vendor sees it. Header names are lower case. */
export interface FakeRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface FakeResponse {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON; nothing is sent when absent. */
  readonly body?: unknown;
  /** What the sandbox's journal says of this exchange: the route, and the handle of the credential used. Never a value. */
  readonly route?: string;
  /** What the journal calls the exchange where method and route do not say it. */
  readonly operation?: string;
  readonly credential?: string;
}

/** A key as the vendor knows it: the ground truth of every test. No value. */
export interface VendorKey {
  readonly provider: string;
  readonly handle: string;
  readonly label: string;
  /** The vendor would accept it now. */
  readonly live: boolean;
  /** The vendor's own record calls it retired (revoked, expired). It may still be live for a while. */
  readonly retired: boolean;
}

/** What a secret needs that is to be rotated at this vendor. */
export interface Admission {
  /** For the declaration. Holds no secret. */
  readonly config: Readonly<Record<string, unknown>>;
  /** The admin credential, made at run time; for the admin secret's JSON value. */
  readonly admin: Readonly<Record<string, unknown>>;
}

/**
 * A vendor in memory, on the sandbox's clock. The HTTP server, faults and the journal are the sandbox's:
 * a fake only answers requests. It authenticates: an unknown, ended or expired key gets the vendor's own 401.
 */
export interface FakeVendor {
  readonly vendor: string;
  handle(request: FakeRequest): FakeResponse | Promise<FakeResponse>;
  /** All keys ever made and not forgotten by `reset`. */
  keys(): readonly VendorKey[];
  /**
   * Registers a new customer (an App installation, a Stripe App and account) that may manage keys of `provider`.
   * `urls`: where the sandbox's servers are reached, by name, for a config that must say so.
   */
  admit(provider: string, urls?: Readonly<Record<string, string>>): Admission;
  /** The vendor as it was before anyone came. Settings too. */
  reset(): void;
  /** Behaviour switches, by name; throws RangeError for an unknown name or a wrong value, naming the known ones. */
  set(name: string, value: unknown): void;
}
