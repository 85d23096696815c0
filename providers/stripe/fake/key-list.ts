import * as z from "zod/mini";
import type { FakeRequest } from "../../kit/fake.js";
import { type Answer, refuseV2 } from "./answers.js";
import { isRetired, keyObject } from "./keys.js";
import type { Mode } from "./secrets.js";
import { later, type StripeState } from "./state.js";

const pageToken = z.object({ after: z.string(), limit: z.number(), expired: z.boolean() });

/** One page of the account's keys, of the App key's mode, newest first. The next page is named by a path, as in Stripe's samples. */
export function listKeys(state: StripeState, { query }: FakeRequest, account: string, mode: Mode): Answer {
  const page = query.get("page");
  const asked = page === null ? startOf(query) : readToken(page);
  if (!asked) return wrong("page: unknown");
  if (!Number.isInteger(asked.limit) || asked.limit < 1) return wrong("limit: invalid");
  if (asked.limit > 100) return wrong("limit: The maximum page limit is 100");

  const now = state.now();
  const all = state.keysOf(account, mode);
  const start = asked.after === "" ? 0 : all.findIndex((key) => key.id === asked.after) + 1;
  const rest = all
    .slice(start)
    .filter((key) => asked.expired || !isRetired(key, now))
    .filter((key) => later(key.created, state.settings.listLagSeconds) <= now);
  const shownKeys = rest.slice(0, Math.min(asked.limit, state.settings.pageSize));
  const last = shownKeys.at(-1);
  const more = last !== undefined && rest.length > shownKeys.length;
  const token = more ? Buffer.from(JSON.stringify({ ...asked, after: last.id })).toString("base64url") : "";
  return {
    status: 200,
    body: {
      data: shownKeys.map((key) => keyObject(key, state.application, now, null)),
      next_page_url: more ? `/v2/iam/api_keys?page=page_${token}` : null,
      previous_page_url: null,
    },
  };
}

function startOf(query: URLSearchParams): z.output<typeof pageToken> {
  const limit = Number(query.get("limit") ?? "10");
  return { after: "", limit, expired: query.get("include_expired") === "true" };
}

function readToken(page: string): z.output<typeof pageToken> | undefined {
  try {
    return pageToken.parse(JSON.parse(Buffer.from(page.replace(/^page_/, ""), "base64url").toString("utf8")));
  } catch {
    return undefined;
  }
}

const wrong = (message: string) => refuseV2(400, "invalid_fields", message);
