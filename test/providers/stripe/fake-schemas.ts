import { expect } from "vitest";

/**
 * The members that Stripe's OpenAPI description (2026-09-30.preview) names for `/v2/iam/api_keys`: those it requires, and the
 * others. Its samples send the others as null where they are empty, and so must the fake; of the required ones none is null.
 */
const members = {
  key: {
    required: ["created", "id", "ip_allowlist", "livemode", "object", "status", "type"],
    others: [
      ...["connect_permissions", "expires_at", "last_used", "managed_by", "name", "note", "permissions"],
      ...["publishable_key", "secret_key"],
    ],
  },
  managedBy: { required: ["type"], others: ["application"] },
  application: { required: ["id"], others: [] },
  secretKey: { required: [], others: ["encrypted_secret", "secret_token_redacted", "token"] },
  encryptedSecret: { required: ["ciphertext", "format"], others: ["recipient_key_id"] },
  list: { required: ["data"], others: ["next_page_url", "previous_page_url"] },
} satisfies Record<string, { required: readonly string[]; others: readonly string[] }>;

/** An error's others may be absent. */
const errorMembers = { required: ["code", "message"], others: ["doc_url", "type", "user_message"] };

function entriesOf(value: unknown, what: string): Map<string, unknown> {
  if (typeof value !== "object" || value === null) throw new TypeError(`${what} is no object`);
  return new Map(Object.entries(value));
}

/** Exactly these members, and no required one null. */
function conforms(value: unknown, what: keyof typeof members): Map<string, unknown> {
  const { required, others } = members[what];
  const entries = entriesOf(value, what);
  expect([...entries.keys()].sort(), what).toEqual([...required, ...others].sort());
  for (const name of required) expect(entries.get(name), `${what}.${name}`).not.toBeNull();
  return entries;
}

function conformsToKey(value: unknown): void {
  const key = conforms(value, "key");
  expect(key.get("object")).toBe("v2.iam.api_key");
  expect(["active", "expired"]).toContain(key.get("status"));
  for (const name of ["created", "expires_at", "last_used"]) {
    const time = key.get(name);
    if (time !== null) expect(time, name).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  }
  conforms(conforms(key.get("managed_by"), "managedBy").get("application"), "application");
  const sealed = conforms(key.get("secret_key"), "secretKey").get("encrypted_secret");
  if (sealed !== null) conforms(sealed, "encryptedSecret");
}

/** Fails the test unless this is a key, a list of keys or an error as Stripe describes them. */
export function conformsToV2(json: unknown): void {
  const body = entriesOf(json, "an answer");
  if (body.has("error")) {
    const names = [...entriesOf(body.get("error"), "error").keys()];
    expect(names).toEqual(expect.arrayContaining(errorMembers.required));
    const known = [...errorMembers.required, ...errorMembers.others];
    expect(names.filter((name) => !known.includes(name))).toEqual([]);
    return;
  }
  const data = body.has("data") ? conforms(json, "list").get("data") : [json];
  if (!Array.isArray(data)) throw new TypeError("data is no list");
  for (const key of data) conformsToKey(key);
}
