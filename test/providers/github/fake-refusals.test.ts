import { describe, expect, it } from "vitest";
import { openFake, said } from "./fake-bench.js";

const fake = await openFake();
const bearer = () => `bearer ${fake.jwt()}`;

describe("App JWTs", () => {
  const iat =
    "401 'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued";
  const exp =
    "401 'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires";
  const far = "401 'Expiration time' claim ('exp') is too far in the future";
  const iss = "401 'Issuer' claim ('iss') must be an Integer";
  const bad = "401 A JSON web token could not be decoded";

  it.each([
    ["good", () => fake.jwt(), "200"],
    ["issued this second", () => fake.jwt({ iat: fake.seconds() }), "200"],
    ["issued a second in the future", () => fake.jwt({ iat: fake.seconds() + 1 }), iat],
    ["issued long ago", () => fake.jwt({ iat: 1 }), "200"],
    ["without iat", () => fake.jwt({ iat: undefined }), iat],
    ["with a fraction in iat", () => fake.jwt({ iat: fake.seconds() - 0.5 }), iat],
    ["with iat as text", () => fake.jwt({ iat: String(fake.seconds()) }), iat],
    ["with a second left", () => fake.jwt({ exp: fake.seconds() + 1 }), "200"],
    ["expired this second", () => fake.jwt({ exp: fake.seconds() }), exp],
    ["with exp as text", () => fake.jwt({ exp: String(fake.seconds() + 60) }), exp],
    ["without exp", () => fake.jwt({ exp: undefined }), exp],
    ["of ten minutes at most", () => fake.jwt({ exp: fake.seconds() + 600 }), "200"],
    ["of more than ten minutes", () => fake.jwt({ exp: fake.seconds() + 601 }), far],
    ["with the App's id as text", () => fake.jwt({ iss: String(fake.admission().admin["appId"]) }), "200"],
    ["without issuer", () => fake.jwt({ iss: undefined }), iss],
    ["with a list as issuer", () => fake.jwt({ iss: [3] }), iss],
    ["of an unknown App", () => fake.jwt({ iss: 3 }), "404 Integration not found"],
    ["under another algorithm", () => fake.jwt({}, { alg: "none" }), bad],
    ["with a header that is no object", () => fake.jwt({}, []), bad],
    ["with a signature over something else", () => `${fake.jwt()}AA`, bad],
    ["without a signature", () => fake.jwt().replace(/[^.]+$/, ""), bad],
    ["in four parts", () => `${fake.jwt()}.x`, bad],
    ["no JWT at all", () => "nothing", bad],
  ])("a JWT %s", async (_, make, expected) => {
    expect(said(await fake.ask("GET", "/app", `Bearer ${make()}`))).toBe(expected);
  });

  it("name the App by its client id too", async () => {
    const { client_id: iss } = (await fake.ask("GET", "/app", bearer())).body;
    expect(said(await fake.ask("GET", "/app", `Bearer ${fake.jwt({ iss })}`))).toBe("200");
  });

  it("are for the App's routes, under `bearer`; tokens are for the others", async () => {
    const token = await fake.token();
    expect(said(await fake.ask("GET", "/app", `token ${fake.jwt()}`))).toBe(bad);
    expect(said(await fake.ask("GET", "/app", `bearer ${token}`))).toBe(bad);
    expect(said(await fake.ask("GET", "/app"))).toBe("401 Requires authentication");
    for (const [method, path] of [
      ["GET", "/installation/repositories"],
      ["DELETE", "/installation/token"],
    ] as const) {
      expect(said(await fake.ask(method, path, bearer()))).toBe("401 Bad credentials");
      expect(said(await fake.ask(method, path))).toBe("401 Requires authentication");
      const { token: person } = fake.github.makePersonalAccessToken("customer-1");
      expect(said(await fake.ask(method, path, `token ${person}`))).toMatch(
        /^403 You must authenticate with/,
      );
    }
    for (const path of ["/meta", "/rate_limit"]) {
      for (const [authorization, expected] of [
        [undefined, "200"],
        [bearer(), "200"],
        [`token ${token}`, "200"],
        [`bearer ${token}`, "200"],
        ["token nothing", "401 Bad credentials"],
        [`bearer ${fake.jwt()}x`, bad],
      ] as const) {
        expect(said(await fake.ask("GET", path, authorization)), authorization).toBe(expected);
      }
    }
  });
});

describe("whatever the route", () => {
  it("says 404 for what is not there, in GitHub's body and with the headers of every answer", async () => {
    for (const [method, path] of [
      ["GET", "/"],
      ["GET", "/nowhere"],
      ["GET", "/app/"],
      ["GET", "/app/installations/x"],
      ["GET", "/app/installations/1234567890123"],
      ["GET", "/repos/a/b"],
      ["GET", "/repos/a/b/keys/x"],
      ["GET", "/repos/a%2Fb/c/keys"],
      ["POST", "/app"],
      ["PATCH", "/app"],
      ["GET", "/credentials/revoke"],
      ["PUT", `/app/installations/${fake.installation()}`],
    ] as const) {
      const got = await fake.ask(method, path, path.startsWith("/app") ? bearer() : undefined);
      expect(got.body, path).toEqual({
        message: "Not Found",
        documentation_url: "https://docs.github.com/rest",
        status: "404",
      });
      expect(got.headers.get("date")).toBe(new Date(fake.now()).toUTCString());
      expect(Number(got.headers.get("x-ratelimit-remaining"))).toBeGreaterThan(0);
    }
  });

  it.each([
    ["2022-11-28", "200"],
    ["2026-03-10", "200"],
    ["2021-01-01", "400 Version '2021-01-01' is not a supported API version."],
    ["", "400 Version '' is not a supported API version."],
  ])("takes the API version %j or not", async (version, expected) => {
    const headers = { "x-github-api-version": version };
    const got = await fake.ask("GET", "/meta", undefined, { headers });
    expect([said(got), got.headers.get("x-github-api-version-selected")]).toEqual([expected, version]);
    const without = await fake.ask("GET", "/meta");
    expect(without.headers.get("x-github-api-version-selected")).toBe("2022-11-28");
  });

  it.each([
    ["application/vnd.github+json", "200"],
    ["application/vnd.github.v3+json", "200"],
    ["application/json", "200"],
    ["text/html, */*;q=0.8", "200"],
    ["application/*", "200"],
    ["text/html", "415 Unsupported 'Accept' header: 'text/html'. Must accept 'application/json'."],
    [
      "application/xml",
      "415 Unsupported 'Accept' header: 'application/xml'. Must accept 'application/json'.",
    ],
  ])("answers who accepts %s: %s", async (accept, expected) => {
    expect(said(await fake.ask("GET", "/meta", undefined, { headers: { accept } }))).toBe(expected);
  });

  it("answers HEAD as GET without a body", async () => {
    const token = `token ${await fake.token()}`;
    const get = await fake.list(token, "?per_page=1");
    const head = await fake.ask("HEAD", "/installation/repositories?per_page=1", token);
    expect([head.status, head.body]).toEqual([200, {}]);
    expect(head.headers.get("link")).toBe(get.headers.get("link"));
    expect(said(await fake.ask("HEAD", "/installation/token", token))).toBe("404");
    expect(said(await fake.ask("HEAD", "/installation/repositories", "token x"))).toBe("401");
  });

  it.each([
    ["", "201"],
    ["{", "400 Problems parsing JSON"],
    ["a=b", "400 Problems parsing JSON"],
    ["[]", "400 Body should be a JSON object"],
    ["null", "400 Body should be a JSON object"],
    ['"text"', "400 Body should be a JSON object"],
    ["{}", "201"],
  ])("reads the body %j as JSON, whatever its content type says", async (body, expected) => {
    for (const type of ["application/json", "text/plain", "application/x-www-form-urlencoded"]) {
      expect(said(await fake.mint(body, { "content-type": type })), type).toBe(expected);
    }
  });
});
