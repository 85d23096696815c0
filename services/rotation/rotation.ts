import { isDeepStrictEqual } from "node:util";
import { boundFetch } from "../../providers/kit/bound-fetch.js";
import type { FoundKey, Key } from "../../providers/kit/contract.js";
import { formatLabel, hash32, type Label, parseLabel, sameSecret } from "../../providers/kit/label.js";
import type { Connection, Provider } from "../../providers/kit/plug.js";
import type { Secret } from "../../providers/kit/secret.js";
import type { Clock } from "../clock.js";
import type { DeclaredSecret } from "../config/declared.js";
import type { Tell } from "../events/event.js";
import type { Log } from "../log.js";
import type { SecretView, Store } from "../store/store.js";
import { parseValue, type StoredValue, sameKey } from "../store/value.js";
import { readAdmin } from "./admin.js";
import type { EndOfOverlap } from "./end-of-overlap.js";
import type { RotationRef } from "./event.js";
import { markedVersions } from "./labels.js";
import { patient } from "./patience.js";

export interface RotationParts {
  readonly request: RotationRef;
  readonly secret: DeclaredSecret;
  readonly provider: Provider;
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly tell: Tell;
  readonly endOfOverlap: EndOfOverlap;
  readonly requestTimeoutMs: number;
  /** The function's end, by the monotonic clock. Milliseconds. */
  readonly deadline: number;
}

/** How old a look at the labels may be when something is done because of it. Milliseconds. */
const freshMs = 3_000;
/** How long AWS may need to show what was just written. Seconds. */
const lagSeconds = 5;
/** Kept back at the end of a step, to clean up what it alone holds. Milliseconds. */
const reserveMs = 10_000;

/** What one step or job works with: the labels, the values by version, the vendor. It decides nothing. */
export class Rotation {
  readonly #values = new Map<
    string,
    { reading: Promise<StoredValue | undefined>; at: number; filled: boolean }
  >();
  readonly #connections: { config: unknown; connection: Promise<Connection> }[] = [];
  /** Our keys as the vendor has listed them in this step, by handle. */
  readonly #listed = new Map<string, FoundKey>();
  #admin: Promise<unknown> | undefined;
  #seen: { view: SecretView; at: number } | undefined;

  constructor(readonly parts: RotationParts) {}

  get token(): string {
    return this.parts.request.token;
  }

  /** DescribeSecret. */
  async look(): Promise<SecretView> {
    const view = await this.parts.store.describe(this.parts.request.arn);
    this.#seen = { view, at: this.parts.clock.monotonic() };
    return view;
  }

  /** The last look if it is fresh, else another one (P12). */
  async freshLook(): Promise<SecretView> {
    const seen = this.#seen;
    return seen && this.parts.clock.monotonic() - seen.at < freshMs ? seen.view : this.look();
  }

  /**
   * The value of a version; undefined when it has none or cannot be read. A value never changes, so it is read
   * once; that there is none is believed as long as a look at the labels is.
   */
  value(versionId: string | undefined): Promise<StoredValue | undefined> {
    if (versionId === undefined) return Promise.resolve(undefined);
    const known = this.#values.get(versionId);
    if (known && (known.filled || this.parts.clock.monotonic() - known.at < freshMs)) return known.reading;
    return this.readAgain(versionId);
  }

  /** The value of a version, as Secrets Manager gives it now. */
  readAgain(versionId: string): Promise<StoredValue | undefined> {
    const entry = { reading: this.#read(versionId), at: this.parts.clock.monotonic(), filled: false };
    this.#values.set(versionId, entry);
    entry.reading.then(
      (value) => {
        entry.filled = value !== undefined;
      },
      () => this.#values.delete(versionId),
    );
    return entry.reading;
  }

  /** True when the key is marked as leaked in whatever version holds it (P15). */
  async isMarked(stored: StoredValue | undefined, view: SecretView): Promise<boolean> {
    for (const versionId of markedVersions(view)) {
      if (sameKey(stored, await this.value(versionId))) return true;
    }
    return false;
  }

  /**
   * The vendor, with the config that made `stored`, or the declared one. A stored config that the provider does not
   * take (any more) is not used: what a key may be ended for is its label, wherever it is found.
   */
  async vendor(stored?: StoredValue): Promise<Connection> {
    const declared = this.parts.secret.config;
    const config = stored?.kind === "key" ? stored.record.config : declared;
    const known = this.#connections.find((entry) => isDeepStrictEqual(entry.config, config));
    if (known) return known.connection;
    const usable = config === declared || (await this.#isUsable(config));
    const connection = usable ? this.#connect(config) : this.vendor();
    this.#connections.push({ config, connection });
    return connection;
  }

  /** Keys that the vendor lists with this secret's label, under the config that made `stored`. Undefined where it cannot list. */
  async found(stored?: StoredValue): Promise<readonly FoundKey[] | undefined> {
    const { find } = await this.vendor(stored);
    if (!find) return undefined;
    const ours = (await find()).filter(({ label }) => this.isOurs(label));
    for (const key of ours) this.#listed.set(key.handle, key);
    return ours;
  }

  /** True when the text is a label of this installation for this secret. Whole fields are compared. */
  isOurs(text: string): boolean {
    const label = parseLabel(text);
    return label !== undefined && sameSecret(label, this.label(0));
  }

  /**
   * True when a stored key is known as ours: its record was not exchanged, and the vendor lists it under the stored
   * label, or the handle is the value's own.
   */
  async vouchedFor(stored: StoredValue & { kind: "key" }): Promise<boolean> {
    const { key, record, intact } = stored;
    const { handleOf } = this.parts.provider;
    if (handleOf && handleOf(key.fields) !== key.handle) return false;
    if (!intact || !this.isOurs(record.label)) return false;
    if (!this.#listed.has(key.handle) && !(await this.found(stored))) return true;
    return this.#listed.get(key.handle)?.label === record.label;
  }

  /** Whether the vendor has listed this key, in this step, as one that is ended. */
  isListedAsEnded(handle: string): boolean {
    return this.#listed.get(handle)?.state === "ended";
  }

  /** From when on the vendor may accept a stored key: since it knows it, where that is later than its making. Milliseconds. */
  async knownSince(stored: StoredValue): Promise<number> {
    if (stored.kind !== "key") return 0;
    const made = Date.parse(stored.record.createdAt);
    if (this.parts.provider.origin !== "generated") return made;
    await this.found(stored);
    return Math.max(made, this.#listed.get(stored.key.handle)?.createdAt.getTime() ?? 0);
  }

  /** The vendor's word on a key. */
  async accepted(stored: StoredValue & { key: Key }): Promise<boolean> {
    return (await (await this.vendor(stored)).verify(stored.key)) === "accepted";
  }

  /** The vendor's word on a key, and on its status where it lists keys: a dying key still verifies (P6). */
  async alive(stored: StoredValue & { key: Key }): Promise<boolean> {
    if (!(await this.accepted(stored))) return false;
    if (stored.kind !== "key") return true;
    const found = await this.found(stored);
    return !found || found.some(({ handle, state }) => handle === stored.key.handle && state === "active");
  }

  /** The rotation id: differs between secrets even where their tokens are equal (P9). Of another rotation of this secret, by its token. */
  id(length: number, token = this.parts.request.token): string {
    const { account, region, arn } = this.parts.request;
    return hash32(length, account, region, arn, token);
  }

  /** What a key of this rotation is labelled, or of another one of this secret, by its token. */
  label(attempt: number, token = this.parts.request.token): Label {
    const { account, region, name } = this.parts.request;
    const secret = hash32(16, account, region, name);
    return { installation: this.parts.secret.installation, secret, rotation: this.id(12, token), attempt };
  }

  labelText(attempt: number): string {
    return formatLabel(this.label(attempt));
  }

  /** Waits, unless the step's time does not allow it: then false, at once. */
  async wait(ms: number): Promise<boolean> {
    if (this.parts.clock.monotonic() + ms > this.parts.deadline - reserveMs) return false;
    await this.parts.clock.sleep(ms);
    return true;
  }

  /** Reads again, for as long as AWS may be late, until it shows what is waited for. Then what was read last stands. */
  async readUntil<Shown>(read: () => Promise<Shown>, isShown: (shown: Shown) => boolean): Promise<Shown> {
    for (let waited = 0; ; waited++) {
      const shown = await read();
      if (isShown(shown) || waited >= lagSeconds || !(await this.wait(1000))) return shown;
    }
  }

  async #read(versionId: string): Promise<StoredValue | undefined> {
    const { store, request, secret } = this.parts;
    const raw: Secret | undefined = await store.read(request.arn, versionId);
    if (!raw) return undefined;
    const reader = { secret: secret.name, versionId, provider: secret.provider, fields: secret.fields };
    return this.#named(parseValue(raw, reader));
  }

  /** A key that was brought along has no record of its handle; some are told by the key itself. */
  #named(stored: StoredValue): StoredValue {
    const { handleOf } = this.parts.provider;
    if (stored.kind !== "brought" || !handleOf) return stored;
    try {
      return { ...stored, key: { ...stored.key, handle: handleOf(stored.key.fields) } };
    } catch {
      return stored;
    }
  }

  async #isUsable(config: unknown): Promise<boolean> {
    try {
      await this.parts.provider.checkConfig(config);
      return true;
    } catch {
      return false;
    }
  }

  async #connect(config: unknown): Promise<Connection> {
    const { store, secret, provider, clock, requestTimeoutMs, deadline } = this.parts;
    this.#admin ??= readAdmin(store, secret.admin);
    const admin = await this.#admin;
    // Aborts in real time: what it stops is I/O. It leaves the reserve to whoever must clean up.
    const signal = AbortSignal.timeout(Math.max(1, Math.floor(deadline - reserveMs / 2 - clock.monotonic())));
    const { endpoint } = secret;
    const fetch = boundFetch({ endpoint, signal, timeoutMs: requestTimeoutMs });
    const lent = {
      config,
      admin,
      endpoint,
      fetch,
      signal,
      timeoutMs: requestTimeoutMs,
      now: () => clock.now(),
    };
    return patient(await provider.connect(lent), (ms) => this.wait(ms));
  }
}
