import * as z from "zod/mini";
import type { Key } from "../../providers/kit/contract.js";
import { hash32 } from "../../providers/kit/label.js";
import { Secret } from "../../providers/kit/secret.js";
import { KeyturnError } from "../errors.js";

/** The newest format this code reads and the only one it writes. */
const format = 1;

const instant = z
  .string()
  .check(z.refine((text) => !Number.isNaN(Date.parse(text)), { error: "expected ISO 8601" }));

const recordSchema = z.strictObject({
  v: z.literal(format),
  provider: z.string(),
  config: z.record(z.string(), z.unknown()),
  handle: z.string().check(z.minLength(1), z.maxLength(256)),
  label: z.string().check(z.maxLength(64)),
  /** Ties the record to its key: another key pasted into an old value does not take over its handle. */
  sum: z.string(),
  createdAt: instant,
  expiresAt: z.optional(instant),
  /** The version that was current when the key was made: the only older one whose key may have outlived that. */
  replaces: z.optional(z.string()),
  /** The provider's field name → the name it is stored under, where they differ. */
  fields: z.optional(z.record(z.string(), z.string())),
});

/** What is written beside a key, under the one reserved name `keyturn`. A record, never an authority. */
export type KeyRecord = z.infer<typeof recordSchema>;

/** One version's value. `extras` are the application's own fields, carried over from version to version. */
export type StoredValue = { readonly raw: Secret; readonly extras: Readonly<Record<string, unknown>> } & (
  | { readonly kind: "placeholder" }
  /** A key that we made. `intact`: key and record belong together. */
  | { readonly kind: "key"; readonly key: Key; readonly record: KeyRecord; readonly intact: boolean }
  /** A key that someone brought along: it serves, but nothing of ours may end it. */
  | { readonly kind: "brought"; readonly key: Key }
);

/** Who asks, for error messages and field names. */
export interface Reader {
  readonly secret: string;
  readonly versionId: string;
  /** Id of the declared provider. */
  readonly provider: string;
  /** The provider's field name → the declared name. */
  readonly fields: Readonly<Record<string, string>>;
}

/** @throws KeyturnError `value_invalid`, `value_newer`, `provider_mismatch`; the message never shows any part of the value. */
export function parseValue(raw: Secret, reader: Reader): StoredValue {
  const value = parseObject(raw, reader);
  const { keyturn, ...rest } = value;
  if (keyturn !== undefined) {
    const version = z.looseObject({ v: z.int().check(z.gte(1)) }).safeParse(keyturn);
    if (!version.success) throw invalid(reader, "a keyturn record without a format number v");
    if (version.data.v > format) {
      throw new KeyturnError("value_newer", {
        expected: `format ${format} or older in version ${reader.versionId} of ${reader.secret}`,
        found: `format ${version.data.v}`,
        next: "A newer Keyturn wrote it: deploy that version again.",
      });
    }
    if (Object.keys(version.data).length > 1) return keyValue(raw, keyturn, rest, reader);
  }
  const stored = Object.values(reader.fields);
  if (stored.every((name) => name in rest)) {
    return {
      kind: "brought",
      raw,
      key: { handle: "", fields: take(rest, reader.fields, reader) },
      extras: without(rest, stored),
    };
  }
  if (keyturn === undefined)
    throw invalid(reader, "an object with neither a keyturn record nor these fields");
  return { kind: "placeholder", raw, extras: rest };
}

/** A version that holds something else than our format holds no key of ours, and must not stop what looks for such keys: rethrows every other error. */
export function nothingOfOurs(error: unknown): undefined {
  if (error instanceof KeyturnError && error.code.startsWith("value_")) return undefined;
  if (error instanceof KeyturnError && error.code === "provider_mismatch") return undefined;
  throw error;
}

/** The text to store for a key. */
export function formatValue(
  key: Key,
  record: Omit<KeyRecord, "v" | "handle" | "sum" | "fields">,
  names: Readonly<Record<string, string>>,
  extras: Readonly<Record<string, unknown>>,
): Secret {
  const fields = Object.entries(key.fields).map(([field, secret]) => [
    names[field] ?? field,
    secret.reveal(),
  ]);
  const renamed = Object.entries(names).filter(([field, as]) => field !== as);
  const keyturn: KeyRecord = {
    v: format,
    handle: key.handle,
    ...record,
    sum: sumOf(key, record.label),
    ...(renamed.length > 0 ? { fields: Object.fromEntries(renamed) } : {}),
  };
  return new Secret(JSON.stringify({ ...extras, ...Object.fromEntries(fields), keyturn }));
}

/** 130 bits over handle, label and key. Stored beside the key itself, so it tells a reader nothing new. */
function sumOf({ handle, fields }: Key, label: string): string {
  const sorted = Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1));
  return hash32(26, handle, label, ...sorted.flatMap(([field, secret]) => [field, secret.reveal()]));
}

/** True when both are one key: the same handle, or the same value under whatever handle. */
export function isSameKey(a: Key, b: Key): boolean {
  if (a.handle !== "" && a.handle === b.handle) return true;
  return Object.entries(a.fields).some(([field, secret]) => b.fields[field]?.equals(secret) ?? false);
}

/** True when there is a value, and a key in it. */
export function holdsKey(value: StoredValue | undefined): value is StoredValue & { kind: "key" | "brought" } {
  return value !== undefined && value.kind !== "placeholder";
}

/** True when both versions hold one key. */
export function sameKey(a: StoredValue | undefined, b: StoredValue | undefined): boolean {
  return holdsKey(a) && holdsKey(b) && isSameKey(a.key, b.key);
}

function keyValue(raw: Secret, keyturn: unknown, rest: Record<string, unknown>, reader: Reader): StoredValue {
  const parsed = recordSchema.safeParse(keyturn);
  if (!parsed.success) throw invalid(reader, `a keyturn record with ${wrongIn(parsed.error.issues)}`);
  const record = parsed.data;
  if (record.provider !== reader.provider) {
    throw new KeyturnError("provider_mismatch", {
      expected: `version ${reader.versionId} of ${reader.secret} to hold a key of ${reader.provider}, as declared`,
      found: "a key of another provider",
      next: "Declare the secret for the provider that made its key, or put the placeholder to start anew.",
    });
  }
  const names = Object.fromEntries(
    Object.keys(reader.fields).map((field) => [field, record.fields?.[field] ?? field]),
  );
  const key = { handle: record.handle, fields: take(rest, names, reader) };
  const intact = record.sum === sumOf(key, record.label);
  return { kind: "key", raw, key, record, intact, extras: without(rest, Object.values(names)) };
}

/** Names of ours only: what else stands in a value, names included, may be a key that was put in the wrong place. */
function wrongIn(issues: readonly { readonly path: readonly PropertyKey[] }[]): string {
  const known = Object.keys(recordSchema.def.shape);
  const names = issues.map(({ path }) => known.find((name) => name === path[0]));
  const wrong = new Set(names.filter((name) => name !== undefined));
  const parts = [
    ...(wrong.size > 0 ? [`no valid ${[...wrong].join(", ")}`] : []),
    ...(names.includes(undefined) ? ["a field that it must not have"] : []),
  ];
  return parts.join(" and ");
}

function parseObject(raw: Secret, reader: Reader): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(raw.reveal());
  } catch {
    throw invalid(reader, "text that is not JSON");
  }
  const object = z.record(z.string(), z.unknown()).safeParse(value);
  if (!object.success) throw invalid(reader, "JSON that is not an object");
  return object.data;
}

function take(
  value: Record<string, unknown>,
  names: Readonly<Record<string, string>>,
  reader: Reader,
): Key["fields"] {
  const fields = Object.entries(names).map(([field, name]): [string, Secret] => {
    const text = value[name];
    if (typeof text !== "string" || text === "")
      throw invalid(reader, `no text for the provider's field ${field}`);
    return [field, new Secret(text)];
  });
  return Object.fromEntries(fields);
}

function without(value: Record<string, unknown>, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).filter(([name]) => !names.includes(name)));
}

function invalid(reader: Reader, found: string): KeyturnError {
  return new KeyturnError("value_invalid", {
    expected: `version ${reader.versionId} of ${reader.secret} to hold a JSON object: the placeholder {"keyturn":{"v":${format}}}, or a key in ${Object.values(reader.fields).join(", ")}`,
    found,
    next: "Put back a value of that form (aws secretsmanager put-secret-value), or the placeholder to start anew.",
  });
}
