import { boundFetch } from "../../providers/kit/bound-fetch.js";
import type { FoundKey, Key, MintedKey, MintRequest, Registration } from "../../providers/kit/contract.js";
import type {
  Admission,
  FakeRequest,
  FakeResponse,
  FakeVendor,
  VendorKey,
} from "../../providers/kit/fake.js";
import { formatLabel, type Label } from "../../providers/kit/label.js";
import type { Connection } from "../../providers/kit/plug.js";
import { loopbackOnly } from "../sandbox/guard.js";
import { serve } from "../sandbox/server.js";
import { broken } from "./check.js";
import type { Subject } from "./subject.js";
import { Wire } from "./wire.js";

export interface ConnectOptions {
  readonly signal?: AbortSignal;
  /** Milliseconds. */
  readonly timeoutMs?: number;
  /** Laid over the customer's config. */
  readonly config?: Readonly<Record<string, unknown>>;
  readonly admin?: unknown;
}

/** Changes what the vendor answers. */
export type Rewrite = (answer: FakeResponse, request: FakeRequest) => FakeResponse;

export interface Bench {
  readonly subject: Subject;
  readonly vendor: FakeVendor;
  readonly wire: Wire;
  /** Ports at which the vendor is reached. */
  readonly ports: readonly number[];
  readonly now: () => Date;
  advance(seconds: number): void;
  /** A new customer of the vendor. */
  admit(): Admission;
  connect(customer: Admission, options?: ConnectOptions): Promise<Connection>;
  /** How often the fetch that is lent to providers was called. */
  readonly fetched: number;
  /** Keys of the provider, as the vendor knows them. */
  truth(): readonly VendorKey[];
  /** From now on answers are rewritten. */
  rewrite(how: Rewrite | undefined): void;
}

/** What a check asks of a bench. @throws Breach */
export type Probe = (bench: Bench) => Promise<void>;

/** Opens the subject's vendor on loopback for `use`, and closes it, whatever happens. */
export async function withBench<Result>(
  subject: Subject,
  use: (bench: Bench) => Promise<Result>,
): Promise<Result> {
  // Far from the system's clock, so that nothing passes by asking that one.
  let time = Date.UTC(2031, 4, 17, 8, 30, 12);
  let fetched = 0;
  let rewrite: Rewrite | undefined;
  const now = () => new Date(time);
  const wire = new Wire();
  const vendor = subject.vendor({ now });
  for (const [name, value] of Object.entries(subject.settings ?? {})) vendor.set(name, value);
  const rewritten = {
    handle: async (request: FakeRequest) => {
      const answer = await vendor.handle(request);
      return rewrite ? rewrite(answer, request) : answer;
    },
  };
  const record = () => undefined;
  const common = { port: 0, faults: wire, record, guard: loopbackOnly, now };
  const server = await serve(rewritten, { ...common, name: "vendor" });
  const besides = await subject.besides?.serve(vendor, wire);
  const urls = { ...(subject.besides && besides && { [subject.besides.name]: besides.address }) };
  const ports = [server.port, Number(besides?.address.split(":").at(-1) ?? server.port)];
  try {
    return await use({
      ...{ subject, vendor, wire, ports, now },
      advance: (seconds) => {
        time += seconds * 1000;
      },
      admit: () => {
        const { config, admin } = vendor.admit(subject.provider.id, urls);
        return { admin, config: { ...config, ...subject.config } };
      },
      connect: (customer, options = {}) => {
        const { signal = new AbortController().signal, timeoutMs = 5000 } = options;
        const bounds = { endpoint: server.url, signal, timeoutMs };
        const bound = boundFetch(bounds);
        return subject.provider.connect({
          ...bounds,
          config: { ...customer.config, ...options.config },
          admin: options.admin ?? customer.admin,
          fetch: (...given) => {
            fetched += 1;
            return bound(...given);
          },
          now,
        });
      },
      get fetched() {
        return fetched;
      },
      truth: () => vendor.keys().filter(({ provider }) => provider === subject.provider.id),
      rewrite: (how) => {
        rewrite = how;
      },
    });
  } finally {
    wire.play();
    await Promise.all([server.close(), besides?.close()]);
  }
}

const letters = "abcdefghijklmnopqrstuvwxyz";
let rotations = 0;

/** A label as the core writes them, of a rotation that was not there before. As long as labels get unless `part` says otherwise. */
export function newLabel(part: Partial<Label> = {}): string {
  rotations += 1;
  const tail = [...String(rotations)].map((digit) => letters[Number(digit)]).join("");
  return formatLabel({
    installation: "abcdefghabcdefgh",
    secret: "abcdefghijklmnop",
    rotation: tail.padStart(12, "z"),
    attempt: 100,
    ...part,
  });
}

/** What a mint under `label` is asked with: one rotation has one idempotency key, one run one nonce. */
export function requestFor(bench: Bench, label: string, run = 1): MintRequest {
  const expiresAt = new Date(bench.now().getTime() + 2 * 86_400_000);
  return { label, idempotencyKey: `of-${label.replaceAll(/\W/g, "-")}`, nonce: `run-${run}`, expiresAt };
}

/** Makes a key and has its vendor know it, as the core does. */
export async function makeKey(
  bench: Bench,
  customer: Admission,
  label = newLabel(),
  options: ConnectOptions = {},
): Promise<MintedKey> {
  const connection = await bench.connect(customer, options);
  const key = await connection.make(requestFor(bench, label));
  await connection.register?.(key, label);
  return key;
}

/** Makes the vendor know a key that was made here. */
export async function registered(connection: Connection, key: Key, label: string): Promise<Registration> {
  if (!connection.register) throw broken("register()", "none");
  return connection.register(key, label);
}

export async function found(connection: Connection): Promise<readonly FoundKey[]> {
  if (!connection.find) throw broken("find()", "none");
  return connection.find();
}

/** The vendor's record of a key. */
export function recordOf(bench: Bench, handle: string): VendorKey | undefined {
  return bench.truth().find((key) => key.handle === handle);
}

/** How many keys the vendor's record does not call retired. */
export function standing(bench: Bench, label?: string): number {
  return bench.truth().filter((key) => !key.retired && (label === undefined || key.label === label)).length;
}
