import type { FakeResponse, FakeVendor } from "../../providers/kit/fake.js";
import type { Provider } from "../../providers/kit/plug.js";
import type { Fault, Faults } from "../sandbox/faults.js";

/** Why something is not checked: a sentence that the report shows. */
export interface NotChecked {
  readonly notChecked: string;
}

/** What is checked: a provider, and its vendor's fake. */
export interface Subject<Vendor extends FakeVendor = FakeVendor> {
  readonly provider: Provider;
  /** Makes the vendor, empty, on the kit's clock. It is called once for each promise. */
  vendor(lent: { readonly now: () => Date }): Vendor;
  /** Set at the fake before anyone is admitted. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Laid over the config that the fake's `admit` gives, for a provider that has several ways. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** The slowest that the vendor may be, as settings of the fake: `facts` must hold even so. Absent: as the fake is. */
  readonly slowest?: Readonly<Record<string, unknown>>;
  /** A config whose keys may do least, laid over the other; or why there is none. */
  readonly narrow: { readonly config: Readonly<Record<string, unknown>> } | NotChecked;
  /** How many keys make the vendor list them on more than one page (given these settings); or why it never does. */
  readonly paging:
    | { readonly keys: number; readonly settings?: Readonly<Record<string, unknown>> }
    | NotChecked;
  /** An error of this status in the vendor's own shape. Absent: one that has `message` and an object `error` (type, code, message). */
  errorBody?(status: number, message: string): FakeResponse["body"];
  /** Statuses that mean something else to this vendor than `failureOfStatus` says. Each must be met, and then holds exactly. */
  readonly quirks?: readonly Quirk[];
  /** One status of each kind instead of all: for a further config of a provider that is checked whole under another. */
  readonly fewStatuses?: true;
  /** A second server, for a vendor that is reached by more than HTTP. */
  readonly besides?: Besides<Vendor>;
}

export interface Quirk {
  readonly status: number;
  /** Fits `METHOD /path` of the requests that it is about. */
  readonly request: RegExp;
  /** The code of the ProviderError, the verdict, or `done` for any other success. */
  readonly outcome: string;
  /** Where the vendor says so. */
  readonly reason: string;
}

export interface Besides<Vendor> {
  /** Under which name `admit` is told its address. */
  readonly name: string;
  /** What can go wrong there so that nobody learns a verdict. */
  readonly faults: readonly ("refuse" | "lose" | "hang")[];
  /** Serves `vendor` on loopback. Each exchange must ask `faults.meet(name, head)` once what goes wrong with it. */
  serve(
    vendor: Vendor,
    faults: Pick<Faults, "meet" | "hold">,
  ): Promise<{ readonly address: string; close(): Promise<void> }>;
}

type Json = Extract<Fault, { kind: "status" }>["body"];

/** The subject's own error body, or one that most vendors' readers take for theirs. */
export function errorBody(subject: Subject, status: number, message: string): Json {
  const own = subject.errorBody?.(status, message);
  if (own !== undefined) return JSON.parse(JSON.stringify(own));
  const type = status >= 500 ? "api_error" : "invalid_request_error";
  return { message, error: { type, code: "conformance", message } };
}

/** The name under which a subject is reported: config and settings tell several of one provider apart. */
export function nameOf({ provider, config, settings }: Subject): string {
  const parts = Object.entries({ ...config, ...settings }).map(([name, value]) => `${name} ${String(value)}`);
  return parts.length > 0 ? `${provider.id} (${parts.join(", ")})` : provider.id;
}
