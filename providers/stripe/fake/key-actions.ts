import * as z from "zod/mini";
import { type Answer, refuseV2 } from "./answers.js";
import { isRetired, permissionsOf, type StoredKey } from "./keys.js";
import { areKnown, type Permissions } from "./permissions.js";
import { type PublicKey, type Recipient, recipientOf, seal } from "./seal.js";
import { type Mode, makeToken, randomText } from "./secrets.js";
import { type Done, later, type StripeState } from "./state.js";

/** A refusal, which changed nothing, or the key that the answer shows. */
export type Outcome = { readonly refused: Answer } | Omit<Done, "asked">;

const publicKey = z.strictObject({
  id: z.optional(z.string()),
  pem_key: z.strictObject({ algorithm: z.string(), data: z.string() }),
});
const editable = {
  name: z.optional(z.string()),
  note: z.optional(z.string()),
  permissions: z.optional(z.array(z.string())),
  connect_permissions: z.optional(z.array(z.string())),
};
const creation = z.strictObject({
  ...editable,
  type: z.literal("secret_key"),
  expires_at: z.optional(z.string().check(z.refine((text) => !Number.isNaN(Date.parse(text))))),
  public_key: z.optional(publicKey),
});
const change = z.strictObject(editable);
const rotation = z.strictObject({
  expire_current_key_in_minutes: z.optional(z.int().check(z.minimum(0), z.maximum(10_080))),
  public_key: z.optional(publicKey),
});

/** Without permissions, or with an empty list of them, the key may do everything and begins with sk_: our guess. */
export function create(state: StripeState, fields: unknown, account: string, mode: Mode): Outcome {
  const { data, error } = creation.safeParse(fields);
  if (!data) return invalid(error);
  const { permissions = [], connect_permissions: connect = [], expires_at } = data;
  if (!areKnown([...permissions, ...connect])) return unknownPermissions;
  const now = state.now();
  const expiresAt = expires_at === undefined ? undefined : new Date(expires_at);
  if (expiresAt && expiresAt <= now) return wrong("expires_at: must lie ahead");
  const recipient = recipientIn(data.public_key, mode);
  if (recipient && "refused" in recipient) return recipient;
  const active = state.keysOf(account, mode).filter((key) => !isRetired(key, now));
  if (active.length >= state.settings.keyLimit) {
    return refused("api_key_limit_reached", "The limit on the number of API keys is reached.");
  }
  return made(state, recipient, {
    account,
    mode,
    expiresAt,
    permissions: permissions.length > 0 ? permissions : null,
    connectPermissions: connect.length > 0 ? connect : null,
    name: data.name || null,
    note: data.note || null,
  });
}

/** Blank texts and empty lists change nothing and are a success, as measured at Stripe. */
export function update(state: StripeState, fields: unknown, key: StoredKey): Outcome {
  const { data, error } = change.safeParse(fields);
  if (!data) return invalid(error);
  const { permissions = [], connect_permissions: connect = [] } = data;
  if (!areKnown([...permissions, ...connect])) return unknownPermissions;
  key.name = data.name || key.name;
  key.note = data.note || key.note;
  if (connect.length > 0) key.connectPermissions = connect;
  if (permissions.length > 0) {
    key.grants.push({ from: later(state.now(), state.settings.narrowSeconds), permissions });
  }
  return { key, sealed: undefined };
}

export function expire(state: StripeState, fields: unknown, key: StoredKey): Outcome {
  const { error } = z.strictObject({}).safeParse(fields);
  if (error) return invalid(error);
  state.end(key);
  return { key, sealed: undefined };
}

/**
 * A new key with the same properties. The old one, without minutes of grace (none given, or 0): dead at once, and its id
 * unknown, as measured at Stripe. With grace: it works until then, which nobody has tried.
 */
export function rotate(state: StripeState, fields: unknown, key: StoredKey): Outcome {
  const { data, error } = rotation.safeParse(fields);
  if (!data) return invalid(error);
  if (key.rotated) return refused("api_key_already_rotated", "This API key was already rotated.");
  const now = state.now();
  if (isRetired(key, now)) return refused("api_key_expired", "This API key is already expired.");
  const recipient = recipientIn(data.public_key, key.mode);
  if (recipient && "refused" in recipient) return recipient;
  const outcome = made(state, recipient, { ...key, permissions: permissionsOf(key) });
  key.rotated = true;
  const minutes = data.expire_current_key_in_minutes ?? 0;
  if (minutes > 0) {
    const end = later(now, minutes * 60);
    key.expiresAt = key.expiresAt && key.expiresAt < end ? key.expiresAt : end;
  } else {
    key.endedAt = now;
    key.deadAt = now;
    key.gone = true;
  }
  return outcome;
}

type Properties = Pick<
  StoredKey,
  "account" | "mode" | "expiresAt" | "connectPermissions" | "name" | "note"
> & { readonly permissions: Permissions };

function made(state: StripeState, recipient: Recipient | undefined, wanted: Properties): Outcome {
  const { account, mode, permissions, expiresAt, connectPermissions, name, note } = wanted;
  const now = state.now();
  const key: StoredKey = {
    id: `mk_1${randomText(23)}`,
    account,
    mode,
    token: makeToken(permissions ? "rk" : "sk", mode, account),
    created: now,
    settledAt: later(now, state.settings.settleSeconds),
    grants: [{ from: now, permissions }],
    expiresAt,
    connectPermissions,
    name,
    note,
    lastUsed: undefined,
    endedAt: undefined,
    deadAt: undefined,
    rotated: false,
    gone: false,
  };
  state.keys.set(key.id, key);
  return { key, sealed: recipient && seal(key.token, recipient, state.settings.jweAlg) };
}

/** Whom to encrypt for: in live mode someone, in test mode nobody. A public key is looked at in both. */
function recipientIn(
  given: PublicKey | undefined,
  mode: Mode,
): Recipient | undefined | { readonly refused: Answer } {
  if (!given)
    return mode === "live" ? wrong("public_key: required for a secret key in live mode") : undefined;
  const recipient = recipientOf(given);
  if (!recipient) return wrong("public_key: must be an RSA key of 2048 bits or more, in PEM");
  return mode === "live" ? recipient : undefined;
}

const refused = (code: string, message: string) => ({ refused: refuseV2(400, code, message) });
const wrong = (message: string) => refused("invalid_fields", message);
const unknownPermissions = refused(
  "api_key_permissions_invalid",
  "One or more of the permissions are invalid.",
);

function invalid(error: z.core.$ZodError) {
  const names = error.issues.flatMap((issue) =>
    issue.code === "unrecognized_keys" ? issue.keys.map((name) => `Unknown field ${name}`) : issue.path,
  );
  return wrong(`Invalid: ${names.map(String).join(", ") || "the whole body"}`);
}
