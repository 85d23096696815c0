import type { Provider } from "../../providers/kit/plug.js";
import { Secret } from "../../providers/kit/secret.js";
import { type ErrorCode, KeyturnError } from "../errors.js";
import type { ListedSecret, SecretView, Store } from "../store/store.js";
import { holdsKey, nothingOfOurs, parseValue, type StoredValue } from "../store/value.js";
import type { DeclaredKind } from "./candidates.js";
import { keyOf } from "./canonical.js";

/** What could not be looked into. */
export interface Unread {
  readonly secret: string;
  /** Absent for the whole secret. */
  readonly versionId?: string;
  /** An error of Secrets Manager's, or that as many values as allowed were read. */
  readonly reason: ErrorCode | "enough_read";
}

/** Reads versions for one search: each once, and not more than allowed. What cannot be read is noted, and stops nothing. */
export class Reading {
  readonly #store: Pick<Store, "describe" | "read">;
  readonly #declared: (secretName: string) => DeclaredKind | undefined;
  #allowed: number;
  readonly #read = new Map<string, Secret | undefined>();
  readonly #unread: Unread[] = [];

  constructor(
    store: Pick<Store, "describe" | "read">,
    declared: (secretName: string) => DeclaredKind | undefined,
    allowed: number,
  ) {
    this.#store = store;
    this.#declared = declared;
    this.#allowed = allowed;
  }

  get unread(): readonly Unread[] {
    return this.#unread;
  }

  /** The key that a version holds, in its canonical form; undefined where it holds none of this provider's, or cannot be read. */
  async keyIn(
    { arn, name }: ListedSecret,
    versionId: string,
    provider: Provider,
  ): Promise<Secret | undefined> {
    const id = `${arn} ${versionId}`;
    if (this.#read.has(id)) return this.#read.get(id);
    this.#read.set(id, undefined);
    if (this.#allowed === 0) {
      this.#unread.push({ secret: name, versionId, reason: "enough_read" });
      return undefined;
    }
    this.#allowed--;
    const raw = await this.#orNoted({ secret: name, versionId }, () => this.#store.read(arn, versionId));
    const key = raw && this.#canonical(raw, name, versionId, provider);
    this.#read.set(id, key);
    return key;
  }

  /** A look at a secret that is not from a list. */
  freshly({ arn, name }: ListedSecret): Promise<SecretView | undefined> {
    return this.#orNoted({ secret: name }, () => this.#store.describe(arn));
  }

  #canonical(raw: Secret, secret: string, versionId: string, provider: Provider): Secret | undefined {
    const { id, recognition } = provider;
    const fields =
      this.#declared(secret)?.fields ?? Object.fromEntries(provider.fields.map((field) => [field, field]));
    let value: StoredValue | undefined;
    try {
      value = parseValue(raw, { secret, versionId, provider: id, fields });
    } catch (error) {
      value = nothingOfOurs(error);
    }
    const stored = recognition && holdsKey(value) ? value.key.fields[recognition.field] : undefined;
    const key = recognition && stored && keyOf(recognition, stored.reveal());
    return key === undefined ? undefined : new Secret(key);
  }

  async #orNoted<Result>(what: Omit<Unread, "reason">, call: () => Promise<Result>) {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof KeyturnError)) throw error;
      this.#unread.push({ ...what, reason: error.code });
      return undefined;
    }
  }
}
