import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { allPages } from "../../../providers/stripe/paging.js";
import { day, everythingIn, failure, found, request, type Started, start } from "./harness.js";

const item = {
  object: "v2.iam.api_key",
  id: "mk_1",
  created: "2026-11-20T00:00:00.000Z",
  status: "active",
};
const named = { ...item, name: "keyturn:abc" };

/** The list answers with these items from now on. */
function listing({ served }: Started, data: unknown, rest: object = { next_page_url: null }) {
  served.answer(() => ({ status: 200, body: { data, ...rest } }));
}

describe("find", () => {
  it("walks every page by path, ended keys included, and returns each of our keys once", async () => {
    const { connection, fake, served, admission, ask, now } = await start();
    const minted: string[] = [];
    for (let n = 0; n < 7; n++) minted.push((await connection.make(request(now()))).handle);
    await connection.retire({ handle: minted[0] ?? "", fields: {} });
    await ask("/v2/iam/api_keys", {
      method: "POST",
      token: String(admission.admin["appKey"]),
      headers: { "stripe-version": "2026-09-30.preview", "stripe-context": admission.config["account"] },
      body: { type: "secret_key", name: "someone else's", permissions: ["charge_read"] },
    });
    fake.set("pageSize", 2);
    served.requests.splice(0);

    const keys = await found(connection);
    expect(keys.map((key) => key.handle).sort()).toEqual([...minted].sort());
    expect(keys.filter((key) => key.state === "ended").map((key) => key.handle)).toEqual([minted[0]]);
    expect(served.requests).toHaveLength(4);
    expect(served.requests[0]?.path).toBe("/v2/iam/api_keys?limit=100&include_expired=true");
    expect(served.requests[1]?.path).toMatch(/^\/v2\/iam\/api_keys\?page=/);
  });

  it("never returns the values that the list holds", async () => {
    const { connection, served, now } = await start();
    const key = await connection.make(request(now()));
    const value = key.fields["apiKey"]?.reveal();
    expect(value).toBeTruthy();
    expect(everythingIn(await found(connection))).not.toContain(value);

    served.answer(() => ({
      status: 200,
      body: { data: [{ ...named, created: "no time", note: value, secret_key: { token: value } }] },
    }));
    expect(everythingIn(await failure(found(connection)))).not.toContain(value);
  });

  it("takes absent fields and explicit nulls alike", async () => {
    const started = await start();
    const empty = { note: null, expires_at: null, secret_key: null, last_used: null, managed_by: null };
    const expected = { handle: "mk_1", label: "keyturn:abc", createdAt: new Date(item.created) };
    for (const fields of [{}, empty]) {
      for (const rest of [{}, { next_page_url: null, previous_page_url: null }]) {
        listing(started, [{ ...item, ...fields, name: fields === empty ? null : undefined }], rest);
        expect(await found(started.connection)).toEqual([]);
        listing(started, [{ ...named, ...fields }], rest);
        expect(await found(started.connection)).toEqual([{ ...expected, state: "active" }]);
        listing(started, [{ ...named, ...fields, status: "expired" }], rest);
        expect(await found(started.connection)).toEqual([{ ...expected, state: "ended" }]);
      }
    }
  });

  it("tells by the listed key, where Stripe shows it, that it is another; and never shows it", async () => {
    const { connection, now } = await start();
    const [one, two] = [await connection.make(request(now())), await connection.make(request(now()))];
    const listed = (await found(connection)).find(({ handle }) => handle === one.handle);
    expect([listed?.isOther?.(one.fields), listed?.isOther?.(two.fields)]).toEqual([false, true]);
    expect(listed?.isOther?.({})).toBe(false);
    expect(inspect(listed, { depth: 9, showHidden: true })).not.toContain(one.fields["apiKey"]?.reveal());
  });

  it("calls a key with a status nobody knows active", async () => {
    const started = await start();
    listing(started, [{ ...named, status: "paused" }]);
    expect(await found(started.connection)).toMatchObject([{ state: "active" }]);
  });

  const noted = "2026-11-20T10:00:00.000Z";
  const note = `keyturn retired ${noted}`;
  const past = "2026-11-20T11:00:00.000Z";
  it.each([
    [{ note }, noted],
    [{ expires_at: past }, past],
    [{ note, expires_at: "2027-01-01T00:00:00.000Z" }, noted],
    [{ note, expires_at: past }, noted],
    [{ note: "keyturn made abc" }, undefined],
    [{ note: "keyturn retired 2026-13-41T99:00:00.000Z" }, undefined],
    [{ note: "keyturn retired 2027-01-01T00:00:00.000Z" }, undefined],
  ])("tells since when a key is ended: %j", async (fields, endedAt) => {
    const started = await start();
    listing(started, [{ ...named, ...fields, status: "expired" }]);
    const [key] = await found(started.connection);
    expect(key?.endedAt).toEqual(endedAt === undefined ? undefined : new Date(endedAt));
  });

  it("shows a key that met its own end as ended then", async () => {
    const { connection, advance, now } = await start();
    const wanted = request(now());
    await connection.make(wanted);
    advance(day / 1000 + 60);
    expect(await found(connection)).toMatchObject([{ state: "ended", endedAt: wanted.expiresAt }]);
  });

  it("follows an absolute URL of the same host", async () => {
    const { connection, served } = await start();
    served.answer(({ query }) => {
      const next_page_url = query.has("page") ? null : `${served.url}/v2/iam/api_keys?page=page_2`;
      return { status: 200, body: { data: [{ ...named, id: `mk_${query.get("page")}` }], next_page_url } };
    });
    const keys = await found(connection);
    expect(keys.map((key) => key.handle)).toEqual(["mk_null", "mk_page_2"]);
  });

  it.each([
    "https://stripe.invalid/v2/iam/api_keys?page=2",
    "//stripe.invalid/v2/iam/api_keys?page=2",
    "/v1/customers",
    "/v2/iam/api_keys/mk_1",
    "http://",
  ])("does not follow %s", async (next_page_url) => {
    const started = await start();
    listing(started, [], { next_page_url });
    expect(await failure(found(started.connection))).toMatchObject({ code: "unexpected" });
    expect(started.served.requests).toHaveLength(1);
  });

  it("stops at a page that leads to itself", async () => {
    const started = await start();
    listing(started, [], { next_page_url: "/v2/iam/api_keys?page=1" });
    expect(await failure(found(started.connection))).toMatchObject({ code: "unexpected" });
    expect(started.served.requests).toHaveLength(2);
  });

  it("stops after a thousand pages, whatever they are called", async () => {
    const pages: string[] = [];
    const endless = allPages("0", async (path) => {
      pages.push(path);
      return { items: [], next: String(pages.length) };
    });
    expect(await failure(endless)).toMatchObject({ code: "unexpected" });
    expect(pages).toHaveLength(1000);
  });

  it.each([[{}], [{ data: null }], [{ data: {} }], [{ data: [1] }], [{ data: [{ ...named, id: 5 }] }]])(
    "fails on a list of another shape: %j",
    async (body) => {
      const { connection, served } = await start();
      served.answer(() => ({ status: 200, body }));
      expect(await failure(found(connection))).toMatchObject({ code: "unexpected" });
    },
  );
});
