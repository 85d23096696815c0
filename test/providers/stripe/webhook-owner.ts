import { expect } from "vitest";
import type { Started } from "./harness.js";

export const path = "/v1/webhook_endpoints";
/** The first request of every look at the account. */
export const list = `GET ${path}?limit=100`;

/** What the account's owner does in the Dashboard. */
export async function owner(
  { fake, admission }: Started,
  method: string,
  at: string,
  body = "",
): Promise<void> {
  const headers = {
    authorization: `Bearer ${admission.admin["apiKey"]}`,
    "content-type": "application/x-www-form-urlencoded",
  };
  const answer = await fake.handle({ method, path: at, query: new URLSearchParams(), headers, body });
  expect(answer.status).toBe(200);
}

export function disable(started: Started, handle: string): Promise<void> {
  return owner(started, "POST", `${path}/${handle}`, "disabled=true");
}

/** Endpoints that are none of ours. */
export async function others(started: Started, count: number): Promise<void> {
  for (let n = 0; n < count; n++) {
    await owner(
      started,
      "POST",
      path,
      `url=https://example.com/${n}&enabled_events[]=*&metadata[keyturn]=no`,
    );
  }
}
