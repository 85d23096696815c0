import { readFile } from "node:fs/promises";
import { createAppAuth } from "@octokit/auth-app";
import { Octokit } from "@octokit/rest";
import { describe, expect, it } from "vitest";
import { checksum } from "../../../providers/github/checksum.js";
import { tokenHandle } from "../../../providers/github/token.js";
import { openFake, publicKey } from "./fake-bench.js";

const fake = await openFake();

it("serves GitHub's own client from App to revocation", async () => {
  const auth = {
    appId: String(fake.admission().admin["appId"]),
    privateKey: String(fake.admission().admin["privateKey"]),
  };
  const app = new Octokit({ baseUrl: fake.served.url, authStrategy: createAppAuth, auth });
  const got = await app.rest.apps.getInstallation({ installation_id: fake.installation() });
  expect(got.data).toMatchObject({
    id: fake.installation(),
    suspended_at: null,
    repository_selection: "selected",
  });
  expect((await app.rest.apps.getAuthenticated()).data).toMatchObject({
    id: fake.admission().admin["appId"],
  });
  const inside = new Octokit({
    baseUrl: fake.served.url,
    authStrategy: createAppAuth,
    auth: { ...auth, installationId: fake.installation() },
  });
  const { data } = await inside.rest.apps.listReposAccessibleToInstallation({ per_page: 2 });
  expect(data.total_count).toBe(3);
  expect(data.repositories.map((one) => [one.name, one.owner.login])).toEqual([
    ["service", "customer-1"],
    ["website", "customer-1"],
  ]);
  expect((await inside.rest.rateLimit.get()).data.resources.core).toMatchObject({ limit: 5000, used: 1 });
  expect((await inside.rest.apps.revokeInstallationAccessToken()).status).toBe(204);
  expect(fake.github.keys()).toMatchObject([{ live: false, retired: true, label: "" }]);
});

describe("tokens", () => {
  it.each([
    ["stateless", {}, 480, 560],
    ["stateless", { "x-github-stateless-s2s-token": "disabled" }, 40, 40],
    ["classic", {}, 40, 40],
    ["classic", { "x-github-stateless-s2s-token": "enabled" }, 480, 560],
    ["classic", { "x-github-stateless-s2s-token": "perhaps" }, 40, 40],
  ])("of format %s asked for with %j have %i to %i characters", async (format, headers, least, most) => {
    fake.github.set("tokenFormat", format);
    const token = await fake.token({}, headers);
    expect(token).toMatch(/^ghs_[A-Za-z0-9._-]{36,}$/);
    expect(token.length).toBeGreaterThanOrEqual(least);
    expect(token.length).toBeLessThanOrEqual(most);
    expect(token.split(".").length).toBe(most === 40 ? 1 : 3);
  });

  it("open under `token` and `bearer`, in any case, until their hour is over", async () => {
    const got = await fake.mint();
    const token = String(got.body["token"]);
    expect(got.body).toMatchObject({
      expires_at: new Date(fake.now() + 3600_000).toISOString().replace(".000", ""),
      repository_selection: "selected",
      permissions: { contents: "write", metadata: "read" },
    });
    expect(got.body).not.toHaveProperty("repositories");
    for (const scheme of ["token", "bearer", "Token", "Bearer"]) {
      expect((await fake.list(`${scheme} ${token}`)).status, scheme).toBe(200);
    }
    for (const wrong of [
      `basic ${token}`,
      token,
      "token ",
      `token ${token}x`,
      `token ghs_${"a".repeat(36)}`,
    ]) {
      expect(await fake.list(wrong), wrong).toMatchObject({
        status: 401,
        body: { message: "Bad credentials" },
      });
    }
    fake.advance(3600_000);
    expect((await fake.list(`token ${token}`)).status).toBe(401);
    expect(fake.github.keys()).toMatchObject([{ live: false, retired: true }]);
  });

  it("reach what they were asked for and no more", async () => {
    const [first] = [fake.installation() * 10];
    const got = await fake.mint({ repository_ids: [first], permissions: { issues: "read" } });
    expect(got.body).toMatchObject({ permissions: { issues: "read", metadata: "read" } });
    expect(got.body["repositories"]).toMatchObject([{ id: first, name: "service" }]);
    const seen = await fake.list(`token ${String(got.body["token"])}`);
    expect(seen.body).toMatchObject({ total_count: 1, repositories: [{ full_name: "customer-1/service" }] });
    const whole = `token ${await fake.token()}`;
    expect((await fake.list(whole, "?per_page=2&page=2")).body["repositories"]).toMatchObject([
      { name: "infrastructure" },
    ]);
    expect((await fake.list(whole, "?per_page=0")).body["repositories"]).toHaveLength(3);
  });

  it.each([
    [{ repositories: ["nowhere"] }, 422],
    [{ repositories: ["service", "nowhere"] }, 422],
    [{ repository_ids: [1] }, 422],
    [{ repositories: "service" }, 422],
    [{ repositories: Array.from({ length: 501 }, () => "service") }, 422],
    [{ permissions: { contents: "admin" } }, 422],
    [{ permissions: { packages: "read" } }, 422],
    [{ permissions: { contents: "some" } }, 422],
    [{ permissions: { contents: 1 } }, 422],
    [{ permissions: "all" }, 422],
    ["{", 400],
    ["[]", 400],
  ])("are not made for %#: a request beyond the grant", async (body, status) => {
    expect((await fake.mint(body)).status).toBe(status);
    expect(fake.github.keys()).toEqual([]);
  });

  it("are journalled by route and handle, and never by value", async () => {
    const token = await fake.token();
    const request = { method: "DELETE", path: "/installation/token", query: new URLSearchParams(), body: "" };
    const revoke = () => fake.github.handle({ ...request, headers: { authorization: `token ${token}` } });
    const answers = [await revoke(), await revoke()];
    const seen = { route: "/installation/token", credential: tokenHandle(token) };
    expect(answers).toMatchObject([
      { status: 204, ...seen },
      { status: 401, ...seen },
    ]);
    expect(JSON.stringify([answers, fake.github.keys()])).not.toContain(token);
    const path = `/app/installations/${fake.installation()}/access_tokens`;
    const headers = { authorization: `bearer ${fake.jwt()}` };
    expect(await fake.github.handle({ ...request, method: "POST", path, headers })).toMatchObject({
      route: "/app/installations/{installation_id}/access_tokens",
      credential: "app",
    });
  });
});

describe("settings", () => {
  it("delay birth and death, for what happens after they are set", async () => {
    fake.github.set("settleSeconds", 3);
    fake.github.set("deathSeconds", 9);
    const token = `token ${await fake.token()}`;
    const statusAfter = async (wait: number) => {
      fake.advance(wait * 1000);
      return [(await fake.list(token)).status, fake.github.keys()[0]?.live, fake.github.keys()[0]?.retired];
    };
    expect(await statusAfter(0)).toEqual([401, false, false]);
    expect(await statusAfter(2.999)).toEqual([401, false, false]);
    expect(await statusAfter(0.001)).toEqual([200, true, false]);
    await fake.ask("DELETE", "/installation/token", token);
    fake.github.set("deathSeconds", 0);
    expect(await statusAfter(8.999)).toEqual([200, true, true]);
    expect(await statusAfter(0.001)).toEqual([401, false, true]);
  });

  const wrong: readonly (readonly [string, ...unknown[]])[] = [
    ["settleSeconds", -1, "3", Number.NaN, 1e10],
    ["deathSeconds", -1, "3", Number.POSITIVE_INFINITY],
    ["deployKeySettleSeconds", -1, "3"],
    ["deployKeyDeathSeconds", -1, null],
    ["deployKeys", true, "Forbidden"],
    ["tokenFormat", "new", undefined],
    ["secondaryLimit", true, "on"],
    ["limitStatus", 404, "429"],
    ["requestsPerHour", 0, "5000"],
    ["suspended", "yes", 1],
    ["installed", "no", 0],
  ];

  it("are told apart from what is none", () => {
    expect(() => fake.github.set("colour", 1)).toThrow(RangeError);
    expect(() => fake.github.set("colour", 1)).toThrow(wrong.map(([name]) => name).join(", "));
    for (const [name, ...values] of wrong) {
      for (const value of values) expect(() => fake.github.set(name, value), name).toThrow(RangeError);
    }
  });

  it("stand in the README, and no others", async () => {
    const readme = await readFile(new URL("../../../providers/github/README.md", import.meta.url), "utf8");
    const [, table = ""] = /\| setting \|.*\n\|[-|]*\n((?:\|.*\n)+)/.exec(readme) ?? [];
    const named = table.split("\n").flatMap((row) => row.split("|")[1]?.match(/\w+(?=`)/g) ?? []);
    expect(named).toEqual(wrong.map(([name]) => name));
  });

  it("and everything else are forgotten by reset", async () => {
    const token = `token ${await fake.token()}`;
    const { token: personal } = fake.github.makePersonalAccessToken("customer-1");
    const keys = "/repos/customer-1/service/keys";
    expect((await fake.ask("POST", keys, `token ${personal}`, { body: { key: publicKey() } })).status).toBe(
      201,
    );
    fake.github.set("settleSeconds", 60);
    fake.github.set("installed", false);
    fake.github.reset();
    expect([...fake.github.keys(), ...fake.github.tokens()]).toEqual([]);
    expect((await fake.list(token)).status).toBe(401);
    expect((await fake.ask("GET", keys, `token ${personal}`)).status).toBe(401);
    expect((await fake.mint()).status).toBe(404);
    expect(fake.github.admit("github/installation-token").config).toEqual(fake.admission().config);
    expect(await fake.list(`token ${await fake.token()}`)).toMatchObject({ status: 200 });
  });
});

it("admits customers of the two kinds of keys, each to an account of its own", () => {
  const { admin, config } = fake.admission();
  expect(config).toEqual({
    installationId: expect.any(Number),
    ...{ repositories: ["service"], permissions: { contents: "read" } },
  });
  const deployKey = { installationId: Number(config["installationId"]) + 1, readOnly: true };
  expect(fake.github.admit("github/deploy-key")).toEqual({
    admin,
    config: { ...deployKey, repository: "customer-2/service" },
  });
  expect(fake.github.admit("github/deploy-key", { ssh: "127.0.0.1:22", aws: "x" }).config).toEqual({
    ...deployKey,
    installationId: deployKey.installationId + 1,
    ...{ repository: "customer-3/service", ssh: "127.0.0.1:22" },
  });
  expect(() => fake.github.admit("github/colour")).toThrow(
    new RangeError("GitHub's fake has no github/colour; it has github/installation-token, github/deploy-key"),
  );
});

it("counts only what is rotated among its keys: tokens that manage deploy keys are the App's own means", async () => {
  const token = await fake.token();
  const { installationId } = fake.github.admit("github/deploy-key").config;
  const path = `/app/installations/${Number(installationId)}/access_tokens`;
  const other = String((await fake.ask("POST", path, `bearer ${fake.jwt()}`)).body["token"]);
  const handles = (keys: readonly { handle: string }[]) => keys.map(({ handle }) => handle);
  expect(handles(fake.github.keys())).toEqual([tokenHandle(token)]);
  expect(handles(fake.github.tokens())).toEqual([tokenHandle(token), tokenHandle(other)]);
});

it("makes tokens whose checksum GitHub's own formula gives", async () => {
  // The check value that CRC-32 is published with, in base 62 and filled up to six characters.
  expect(checksum("123456789")).toBe("3jZRME");
  fake.github.set("tokenFormat", "classic");
  for (const text of [await fake.token(), fake.github.makePersonalAccessToken("customer-1").token]) {
    expect(text).toMatch(/^gh[ps]_[A-Za-z0-9]{36}$/);
    expect(checksum(text.slice(4, -6))).toBe(text.slice(-6));
  }
  expect(fake.github.makePersonalAccessToken("customer-1", "fine-grained").token).toMatch(
    /^github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}$/,
  );
});
