import { describe, expect, it } from "vitest";
import { openFake, said } from "./fake-bench.js";

const fake = await openFake();
const revoke = () => fake.ask("POST", "/credentials/revoke", undefined, { body: { credentials: ["x"] } });
const secondary = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.";

describe("the primary limit", () => {
  /** Four numbers as GitHub's headers give them. */
  const numbers = (headers: Headers) =>
    ["limit", "remaining", "used", "reset"].map((name) => Number(headers.get(`x-ratelimit-${name}`)));

  it.each([403, 429])("refuses an installation with %i until the hour is over", async (limitStatus) => {
    fake.github.set("requestsPerHour", 3);
    fake.github.set("limitStatus", limitStatus);
    const token = `token ${await fake.token()}`;
    const reset = fake.seconds() + 3600;
    for (const remaining of [2, 1, 0]) {
      const got = await fake.list(token);
      expect([got.status, numbers(got.headers)]).toEqual([200, [3, remaining, 3 - remaining, reset]]);
    }
    fake.advance(3599_000);
    const beyond = await fake.list(token);
    const message = `API rate limit exceeded for installation ID ${fake.installation()}.`;
    expect(said(beyond)).toBe(`${limitStatus} ${message}`);
    expect(numbers(beyond.headers)).toEqual([3, 0, 3, reset]);
    expect(beyond.headers.get("retry-after")).toBeNull();
    // Another token of the installation changes nothing, and asking for the limit is free.
    const fresh = `token ${await fake.token()}`;
    expect((await fake.list(fresh)).status).toBe(limitStatus);
    const asked = await fake.ask("GET", "/rate_limit", fresh);
    expect(asked.body["rate"]).toEqual({ limit: 3, used: 3, remaining: 0, reset });
    expect((await fake.list("token ghs_wrong")).status).toBe(401);
    fake.advance(1000);
    const after = await fake.list(fresh);
    expect([after.status, numbers(after.headers)]).toEqual([200, [3, 2, 1, reset + 3600]]);
  });

  it("counts App, installations, people and addresses apart", async () => {
    const who = {
      app: `bearer ${fake.jwt()}`,
      installation: `token ${await fake.token()}`,
      person: `token ${fake.github.makePersonalAccessToken("customer-1").token}`,
      address: undefined,
    };
    fake.github.set("requestsPerHour", 10);
    for (const authorization of [who.installation, who.person, who.person, who.address]) {
      await fake.ask("GET", "/meta", authorization);
    }
    const used: Record<string, unknown> = {};
    for (const [name, authorization] of Object.entries(who)) {
      used[name] = numbers((await fake.ask("GET", "/rate_limit", authorization)).headers).slice(0, 3);
    }
    expect(used).toEqual({
      app: [10, 9, 1],
      installation: [10, 9, 1],
      person: [10, 8, 2],
      address: [60, 59, 1],
    });
  });

  it("lets an address send 60 requests an hour without a credential, wrong credentials not counted", async () => {
    for (let count = 0; count < 60; count++) expect((await revoke()).status).toBe(202);
    const token = `token ${await fake.token()}`;
    expect(said(await revoke())).toBe("403 API rate limit exceeded for 127.0.0.1.");
    expect((await fake.ask("GET", "/meta")).status).toBe(403);
    expect((await fake.ask("GET", "/meta", "token wrong")).status).toBe(401);
    expect((await fake.list(token)).status).toBe(200);
    fake.advance(3600_000);
    expect((await revoke()).status).toBe(202);
  });

  it("is 5000 requests an hour where nothing else is said, in both API versions", async () => {
    const core = { limit: 5000, used: 0, remaining: 5000, reset: fake.seconds() + 3600 };
    const asked = async (headers = {}) =>
      (await fake.ask("GET", "/rate_limit", `token ${await fake.token()}`, { headers })).body;
    expect(await asked()).toEqual({ resources: { core, search: expect.anything() }, rate: core });
    const later = await asked({ "x-github-api-version": "2026-03-10" });
    expect(later).toEqual({ resources: { core, search: expect.anything() } });
  });
});

describe("the secondary limit", () => {
  it.each([
    ["bare", 403, null],
    ["bare", 429, null],
    ["retry-after", 403, "60"],
    ["retry-after", 429, "60"],
  ])("%s with %i refuses everything, and nothing is done", async (kind, limitStatus, retryAfter) => {
    const token = `token ${await fake.token()}`;
    fake.github.set("limitStatus", limitStatus);
    fake.github.set("secondaryLimit", kind);
    for (const got of [
      await fake.mint(),
      await fake.list(token),
      await fake.ask("DELETE", "/installation/token", token),
      await fake.ask("GET", "/meta"),
      await revoke(),
    ]) {
      expect(said(got)).toBe(`${limitStatus} ${secondary}`);
      expect(String(got.body["documentation_url"])).toContain("secondary-rate-limits");
      expect(got.headers.get("retry-after")).toBe(retryAfter);
      expect(Number(got.headers.get("x-ratelimit-remaining"))).toBeGreaterThan(0);
    }
    fake.github.set("secondaryLimit", "off");
    expect((await fake.list(token)).status).toBe(200);
    expect(fake.github.keys()).toHaveLength(1);
  });
});
