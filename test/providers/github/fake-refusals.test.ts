import { randomBytes } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openFake } from "./fake-bench.js";

let fake: Awaited<ReturnType<typeof openFake>>;
beforeEach(async () => {
  fake = await openFake();
});
afterEach(() => fake.served.close());

describe("App JWTs", () => {
  const iat =
    "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued";
  const exp =
    "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires";
  const far = "'Expiration time' claim ('exp') is too far in the future";
  const bad = "A JSON web token could not be decoded";

  it.each([
    ["good", () => fake.jwt(), 200, undefined],
    ["of ten minutes at most", () => fake.jwt({ exp: fake.seconds() + 600 }), 200, undefined],
    [
      "with the App's id as text",
      () => fake.jwt({ iss: String(fake.admission().admin["appId"]) }),
      200,
      undefined,
    ],
    ["issued in the future", () => fake.jwt({ iat: fake.seconds() + 1 }), 401, iat],
    ["without iat", () => fake.jwt({ iat: undefined }), 401, iat],
    ["with a fraction in iat", () => fake.jwt({ iat: fake.seconds() - 0.5 }), 401, iat],
    ["expired", () => fake.jwt({ exp: fake.seconds() }), 401, exp],
    ["with exp as text", () => fake.jwt({ exp: String(fake.seconds() + 60) }), 401, exp],
    ["too long", () => fake.jwt({ exp: fake.seconds() + 601 }), 401, far],
    ["without issuer", () => fake.jwt({ iss: undefined }), 401, "'Issuer' claim ('iss') must be an Integer"],
    ["of an unknown App", () => fake.jwt({ iss: 3 }), 404, "Integration not found"],
    ["under another algorithm", () => fake.jwt({}, { alg: "none" }), 401, bad],
    ["with a signature over something else", () => `${fake.jwt()}AA`, 401, bad],
    ["without a signature", () => fake.jwt().replace(/[^.]+$/, ""), 401, bad],
    ["no JWT at all", () => "ghs_nothing", 401, bad],
  ])("a JWT %s", async (_, make, status, message) => {
    const got = await fake.ask("GET", "/app", `Bearer ${make()}`);
    expect([got.status, got.body["message"]]).toEqual([status, message]);
  });

  it("must come under `bearer`, and an installation token does not do", async () => {
    expect((await fake.ask("GET", "/app", `token ${fake.jwt()}`)).body["message"]).toBe(bad);
    expect((await fake.ask("GET", "/app", `bearer ${await fake.token()}`)).body["message"]).toBe(bad);
    expect(await fake.ask("GET", "/app")).toMatchObject({
      status: 401,
      body: { message: "Requires authentication" },
    });
  });
});

describe("refusals", () => {
  it("suspend one installation and not the other, until it is lifted", async () => {
    const other = fake.github.admit("github/installation-token");
    const token = `token ${await fake.token()}`;
    const path = `/app/installations/${fake.installation()}/suspended`;
    expect((await fake.ask("PUT", path, `bearer ${fake.jwt()}`)).status).toBe(204);
    const refused = { status: 403, body: { message: "This installation has been suspended" } };
    expect(await fake.list(token)).toMatchObject(refused);
    expect(await fake.mint()).toMatchObject(refused);
    expect(await fake.ask("DELETE", "/installation/token", token)).toMatchObject(refused);
    const otherPath = `/app/installations/${Number(other.config["installationId"])}/access_tokens`;
    expect((await fake.ask("POST", otherPath, `bearer ${fake.jwt()}`)).status).toBe(201);
    expect((await fake.ask("DELETE", path, `bearer ${fake.jwt()}`)).status).toBe(204);
    expect((await fake.list(token)).status).toBe(200);
  });

  it("have GitHub's body and the headers every answer has", async () => {
    for (const [method, path] of [
      ["GET", "/"],
      ["GET", "/nowhere"],
      ["GET", "/app/installations/x"],
      ["POST", "/app"],
    ] as const) {
      const got = await fake.ask(method, path, `bearer ${fake.jwt()}`);
      expect(got.body, path).toEqual({
        message: "Not Found",
        documentation_url: "https://docs.github.com/rest",
        status: "404",
      });
      expect(got.headers.get("date")).toBe(new Date(fake.now()).toUTCString());
      expect(Number(got.headers.get("x-ratelimit-remaining"))).toBeGreaterThan(0);
    }
    const headers = { "x-github-api-version": "2021-01-01" };
    expect((await fake.ask("GET", "/meta", undefined, { headers })).status).toBe(400);
    expect((await fake.ask("GET", "/meta")).status).toBe(200);
  });

  it("count an installation's requests by the hour", async () => {
    const token = `token ${await fake.token()}`;
    const request = { method: "GET", path: "/installation/repositories", body: "" };
    const again = () =>
      fake.github.handle({ ...request, query: new URLSearchParams(), headers: { authorization: token } });
    for (let count = 0; count < 5000; count++) await again();
    const got = await fake.list(token);
    expect([got.status, got.headers.get("x-ratelimit-remaining")]).toEqual([403, "0"]);
    expect((await fake.ask("GET", "/rate_limit", token)).body["rate"]).toMatchObject({
      remaining: 0,
      used: 5000,
    });
    expect((await fake.list(`token ghs_${randomBytes(18).toString("hex")}`)).status).toBe(401);
    fake.advance(3599_000);
    const fresh = `token ${await fake.token()}`;
    expect((await fake.list(fresh)).status).toBe(403);
    fake.advance(1000);
    expect((await fake.list(fresh)).status).toBe(200);
  });
});
