import { describe, expect, it } from "vitest";
import { formOf } from "../../../providers/stripe/fake/form.js";
import { serveFakeStripe } from "./fake-bench.js";

describe("a form", () => {
  it.each([
    ["", {}],
    ["a=1&b=", { a: "1", b: "" }],
    ["a=1%26b%3D2&c=x+y%20z", { a: "1&b=2", c: "x y z" }],
    ["a[b]=1&a[c]=2", { a: { b: "1", c: "2" } }],
    ["a[b][c][d]=1&a[b][e]=2", { a: { b: { c: { d: "1" }, e: "2" } } }],
    ["a[0]=x&a[1]=y", { a: { 0: "x", 1: "y" } }],
    ["a[]=x&a[]=y", { a: { 0: "x", 1: "y" } }],
    ["a%5Bb%5D=1", { a: { b: "1" } }],
    ["a[0][b]=1&a[1][b]=2", { a: { 0: { b: "1" }, 1: { b: "2" } } }],
    ["a[b-c.d e]=1", { a: { "b-c.d e": "1" } }],
    ["a[toString]=1", { a: { toString: "1" } }],
  ])("%s is read", (body, fields) => {
    expect(formOf(body)).toEqual(fields);
  });

  it.each([
    "a=1&a=2",
    "a=1&a[b]=2",
    "a[b]=2&a=1",
    "a[b]=1&a[b][c]=2",
    "[a]=1",
    "=1",
    "a[b=1",
    "a]b=1",
    "a[b]c=1",
    "a[[b]]=1",
  ])("%s cannot be read", (body) => {
    expect(formOf(body)).toBeUndefined();
  });

  it("changes no prototype", () => {
    const fields = formOf("__proto__[x]=1&a[__proto__][x]=1&constructor[prototype][x]=1");
    expect(Object.keys(fields ?? {})).toEqual(["__proto__", "a", "constructor"]);
    expect(Object.getPrototypeOf(fields)).toBe(Object.prototype);
    expect("x" in {}).toBe(false);
  });
});

describe("v1's parameters", () => {
  const bench = serveFakeStripe();
  const path = "/v1/webhook_endpoints";
  const form = { "content-type": "application/x-www-form-urlencoded" };
  const good = "url=https://example.com&enabled_events[]=charge.succeeded";

  it.each([
    [200, undefined, undefined, good],
    [200, undefined, undefined, `${good}&expand[]=x&connect=false&description=`],
    [400, "parameter_unknown", "colour", `${good}&colour=1`],
    [400, "parameter_unknown", "disabled", `${good}&disabled=true`],
    [400, "parameter_unknown", "secret", `${good}&secret=x`],
    [400, "parameter_missing", "url", "enabled_events[]=charge.succeeded"],
    [400, "parameter_missing", "enabled_events", "url=https://example.com"],
    [400, "parameter_invalid_empty", "url", "url=&enabled_events[]=charge.succeeded"],
    [400, "parameter_invalid_empty", "enabled_events", "url=https://example.com&enabled_events="],
    [400, undefined, "enabled_events", "url=https://example.com&enabled_events=charge.succeeded"],
    [400, undefined, "enabled_events[a]", "url=https://example.com&enabled_events[a]=charge.succeeded"],
    [400, undefined, "enabled_events[0]", "url=https://example.com&enabled_events[]=charge"],
    [400, undefined, "enabled_events[1]", "url=https://example.com&enabled_events[]=*&enabled_events[]=%"],
    [400, undefined, "url", "url[a]=1&enabled_events[]=*"],
    [400, undefined, "connect", `${good}&connect=yes`],
    [400, undefined, "api_version", `${good}&api_version=latest`],
    [400, undefined, "metadata", `${good}&metadata=x`],
    [400, undefined, "metadata", `${good}&metadata[${"k".repeat(41)}]=x`],
    [400, undefined, "metadata[k]", `${good}&metadata[k]=${"v".repeat(501)}`],
    [200, undefined, undefined, `${good}&metadata[${"k".repeat(40)}]=${"v".repeat(500)}`],
    [400, undefined, undefined, `${good}&url=https://example.org`],
  ])("are answered with %s %s for %s", async (status, code, param, body) => {
    const { apiKey } = bench.merchant();
    const answer = await bench.ask(path, { token: apiKey, method: "POST", headers: form, body });
    expect(answer.status).toBe(status);
    const error = { type: "invalid_request_error", ...(code && { code }), ...(param && { param }) };
    if (status !== 200) expect(answer.json).toMatchObject({ error });
    if (status !== 200 && code === undefined) expect(answer.json).not.toHaveProperty("error.code");
    expect(bench.fake.keys()).toHaveLength(status === 200 ? 1 : 0);
  });

  it.each(["limit=0", "limit=101", "limit=x", "limit=1.5", "limit[]=1", "page=1", "starting_after="])(
    "of a list are checked: %s",
    async (query) => {
      const { apiKey } = bench.merchant();
      expect(await bench.ask(`${path}?${query}`, { token: apiKey })).toMatchObject({ status: 400 });
    },
  );

  it("come as a form, and in a version that Stripe could know", async () => {
    const { apiKey } = bench.merchant();
    const post = (headers: Record<string, string>, body = good) =>
      bench.ask(path, { token: apiKey, method: "POST", headers, body });
    const json = await post({ "content-type": "application/json" });
    const message = expect.stringContaining(
      "check that your POST content type is application/x-www-form-urlencoded",
    );
    expect(json).toMatchObject({ status: 400, json: { error: { message } } });
    expect(await post({ "content-type": `${form["content-type"]}; charset=utf-8` })).toMatchObject({
      status: 200,
    });
    const version = (text: string) => post({ ...form, "stripe-version": text });
    for (const text of ["2026-10-28.endive", "2026-09-30.preview", "2020-08-27"]) {
      const { status, headers } = await version(text);
      expect([text, status, headers.get("stripe-version")]).toEqual([text, 200, text]);
    }
    for (const text of ["", "latest", "2026-10", "2026-10-28."]) {
      expect([text, (await version(text)).status]).toEqual([text, 400]);
    }
  });

  it("under an idempotency key are the same in another order, and the key has 255 characters at most", async () => {
    const { apiKey } = bench.merchant();
    const post = (key: string, body: string) => {
      const headers = { ...form, "idempotency-key": key };
      return bench.ask(path, { token: apiKey, method: "POST", headers, body });
    };
    const first = await post("one", `${good}&description=a`);
    expect(first.headers.get("idempotency-key")).toBe("one");
    const without = await bench.ask(path, { token: apiKey, method: "POST", headers: form, body: good });
    expect(without.headers.has("idempotency-key")).toBe(false);
    const again = await post("one", `description=a&${good}`);
    expect(again.json).toEqual(first.json);
    expect(again.headers.get("idempotency-key")).toBe("one");
    expect(await post("x".repeat(255), good)).toMatchObject({ status: 200 });
    expect(await post("x".repeat(256), good)).toMatchObject({ status: 400 });
    expect(bench.fake.keys()).toHaveLength(3);
  });
});
