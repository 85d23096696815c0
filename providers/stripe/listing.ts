import * as z from "zod/mini";
import type { FoundKey, Key } from "../kit/contract.js";
import { Secret } from "../kit/secret.js";
import { bodyOf, strange } from "./failures.js";
import { askAsApp, type KeysCall, keysPath } from "./managed-keys.js";
import { allPages } from "./paging.js";
import { keyObject, resourceId, time } from "./shapes.js";

const text = z.nullish(z.string());
const listed = z.object({
  object: keyObject,
  id: resourceId,
  created: time,
  status: z.string(),
  name: text,
  note: text,
  expires_at: z.nullish(time),
  secret_key: z.nullish(z.object({ token: text })),
});
/** Drops what it does not name. In test mode each item also holds its key in plain text: it is compared here, and goes no further. */
const page = z.object({ data: z.array(listed), next_page_url: text });

const retired = /^keyturn retired (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)$/;

/** What `retire` writes into a key's note, and `endedAtOf` reads there. */
export function retiredNote(now: Date): string {
  return `keyturn retired ${now.toISOString()}`;
}

/**
 * Every key of the account whose name begins like a label, expired ones included, all pages.
 * @throws ProviderError `unexpected` when the list leads elsewhere or does not end.
 */
export async function listKeys(call: KeysCall): Promise<readonly FoundKey[]> {
  const items = await allPages(`${keysPath}?limit=100&include_expired=true`, async (path) => {
    const { data, next_page_url } = bodyOf(await askAsApp(call, { method: "GET", path }), page);
    return { items: data, next: nextPath(next_page_url, call.endpoint) };
  });
  return items.flatMap((item) =>
    item.name?.startsWith("keyturn:") ? [foundKey(item, item.name, call.now())] : [],
  );
}

function foundKey(item: z.output<typeof listed>, label: string, now: Date): FoundKey {
  const token = item.secret_key?.token;
  const secret = token ? new Secret(token) : undefined;
  const key = {
    ...{ handle: item.id, label, createdAt: item.created },
    ...(secret && { isOther: ({ apiKey }: Key["fields"]) => !!apiKey && !secret.equals(apiKey) }),
  };
  // An open enum: a status that is not known to be an end is none.
  if (item.status !== "expired") return { ...key, state: "active" };
  const endedAt = endedAtOf(item, now);
  return endedAt ? { ...key, state: "ended", endedAt } : { ...key, state: "ended" };
}

/**
 * Our note, else the key's own end, if past. The note wins: it is written once more whenever a retire that failed
 * half-way is repeated, and a key's own end may pass long after it was retired.
 */
function endedAtOf(item: z.output<typeof listed>, now: Date): Date | undefined {
  const [, noted] = retired.exec(item.note ?? "") ?? [];
  const at = noted === undefined ? item.expires_at : new Date(noted);
  return at && at <= now ? at : undefined;
}

/** Stripe's samples give a path, its schema says URL: both are taken, but neither another host nor another resource. */
function nextPath(next: string | null | undefined, endpoint: string): string | undefined {
  if (!next) return undefined;
  const url = URL.canParse(next, endpoint) ? new URL(next, endpoint) : undefined;
  if (url?.origin !== new URL(endpoint).origin || url.pathname !== keysPath) {
    throw strange(`next_page_url to lead to ${keysPath} of the same host`, "one that leads elsewhere");
  }
  return `${url.pathname}${url.search}`;
}
