import { createHash, randomBytes } from "node:crypto";
import { createAppAuth } from "@octokit/auth-app";
import { Octokit } from "@octokit/rest";
import ssh2 from "ssh2";
import { describe, expect, it } from "vitest";
import { keyPair, openFake, publicKey, said } from "./fake-bench.js";

const fake = await openFake("github/deploy-key");
const keys = "/repos/customer-1/service/keys";

/** The text of a key without its comment, and its fingerprint, by another way than the fake's. */
function partsOf(line: string) {
  const [type = "", base64 = ""] = line.split(" ");
  const sum = createHash("sha256").update(Buffer.from(base64, "base64")).digest("base64");
  return { text: `${type} ${base64}`, handle: `SHA256:${sum.replaceAll("=", "")}` };
}

const token = async (body?: unknown) => `token ${await fake.token(body)}`;
const make = (authorization: string, key: string, more: object = {}, path = keys) =>
  fake.ask("POST", path, authorization, { body: { key, title: "a title", ...more } });

it("serves GitHub's own client from creation to deletion", async () => {
  const auth = {
    appId: String(fake.admission().admin["appId"]),
    privateKey: String(fake.admission().admin["privateKey"]),
    installationId: fake.installation(),
  };
  const octokit = new Octokit({ baseUrl: fake.served.url, authStrategy: createAppAuth, auth });
  const place = { owner: "customer-1", repo: "service" };
  const line = publicKey("me@here");
  const made = await octokit.rest.repos.createDeployKey({
    ...{ ...place, key: line, title: "keyturn:a", read_only: true },
  });
  const id = made.data.id;
  const url = `https://api.github.com${keys}/${id}`;
  const expected = {
    ...{ id, url, key: partsOf(line).text, title: "keyturn:a", read_only: true, verified: true },
    ...{ created_at: new Date(fake.now()).toISOString().replace(".000", ""), last_used: null },
    ...{ added_by: `app-${auth.appId}[bot]`, enabled: true },
  };
  expect([made.status, made.data, made.headers.location]).toEqual([201, expected, url]);
  expect((await octokit.rest.repos.listDeployKeys(place)).data).toEqual([expected]);
  expect((await octokit.rest.repos.getDeployKey({ ...place, key_id: id })).data).toEqual(expected);
  expect((await octokit.rest.repos.deleteDeployKey({ ...place, key_id: id })).status).toBe(204);
  expect((await octokit.rest.repos.listDeployKeys(place)).data).toEqual([]);
  const { handle } = partsOf(line);
  expect(fake.github.keys()).toEqual([
    { provider: "github/deploy-key", handle, label: "keyturn:a", live: false, retired: true },
  ]);
});

describe("who may", () => {
  const id = 90_000_001;
  const requests = {
    list: (who: string | undefined, path: string) => fake.ask("GET", path, who),
    show: (who: string | undefined, path: string) => fake.ask("GET", `${path}/${id}`, who),
    make: (who: string | undefined, path: string) =>
      fake.ask("POST", path, who, { body: { key: publicKey() } }),
    remove: (who: string | undefined, path: string) => fake.ask("DELETE", `${path}/${id}`, who),
  };
  const forbidden = "403 Resource not accessible by integration";
  const unseen = {
    list: "404 Not Found",
    show: "404 Not Found",
    make: "404 Not Found",
    remove: "404 Not Found",
  };
  const all = { list: "200", show: "200", make: "201", remove: "204" };
  const refused = (text: string) => ({ list: text, show: text, make: text, remove: text });
  const person = (owner: string) =>
    Promise.resolve(`token ${fake.github.makePersonalAccessToken(owner).token}`);

  it.each([
    ["an installation with administration: write", () => token(), keys, all],
    [
      "one under another case of the name",
      () => token(),
      keys.replace("customer-1/service", "Customer-1/SERVICE"),
      all,
    ],
    ["a token of this repository", () => token({ repositories: ["service"] }), keys, all],
    ["a token of another repository", () => token({ repositories: ["website"] }), keys, unseen],
    [
      "a token with administration: read",
      () => token({ permissions: { administration: "read" } }),
      keys,
      { ...all, make: forbidden, remove: forbidden },
    ],
    [
      "a token without administration",
      () => token({ permissions: { metadata: "read" } }),
      keys,
      refused(forbidden),
    ],
    ["an installation elsewhere", () => token(), "/repos/customer-2/service/keys", unseen],
    ["anyone, in a repository that is not there", () => token(), "/repos/customer-1/nowhere/keys", unseen],
    ["nobody", () => Promise.resolve(undefined), keys, unseen],
    ["an App without an installation's token", () => Promise.resolve(`bearer ${fake.jwt()}`), keys, unseen],
    ["a wrong token", () => Promise.resolve("token ghs_wrong"), keys, refused("401 Bad credentials")],
    ["a person of this account", () => person("customer-1"), keys, all],
    ["a person of another account", () => person("customer-2"), keys, unseen],
  ])("%s", async (_, caller, path, expected) => {
    fake.github.admit("github/deploy-key");
    await make(await token(), publicKey());
    const who = await caller();
    const got: Record<string, string> = {};
    for (const [name, send] of Object.entries(requests)) got[name] = said(await send(who, path));
    expect(got).toEqual(expected);
  });

  it("is told which permission is missing", async () => {
    const who = await token({ permissions: { administration: "read" } });
    const { headers } = await requests.make(who, keys);
    expect(headers.get("x-accepted-github-permissions")).toBe("administration=write");
  });
});

describe("a public key", () => {
  const dss = Buffer.from(`\0\0\0\x07ssh-dss${"\0\0\0\x01\x02".repeat(4)}`).toString("base64");
  const inUse = {
    ...{
      message: "Validation Failed",
      status: "422",
      documentation_url: expect.stringContaining("deploy-key"),
    },
    errors: [{ resource: "PublicKey", code: "custom", field: "key", message: "key is already in use" }],
  };

  it("belongs to one repository of all, whatever its comment, until it is deleted", async () => {
    const who = await token();
    const other = fake.github.admit("github/deploy-key").config;
    const path = `/app/installations/${Number(other["installationId"])}/access_tokens`;
    const stranger = `token ${String((await fake.ask("POST", path, `bearer ${fake.jwt()}`)).body["token"])}`;
    const line = publicKey("first");
    const { body } = await make(who, line);
    const elsewhere = [
      [who, keys],
      [who, "/repos/customer-1/website/keys"],
      [stranger, "/repos/customer-2/service/keys"],
    ] as const;
    for (const [by, where] of elsewhere) {
      for (const text of [line, partsOf(line).text, `${partsOf(line).text} second`]) {
        const got = await make(by, text, {}, where);
        expect([got.status, got.body], where).toEqual([422, inUse]);
      }
    }
    expect((await fake.ask("DELETE", `${keys}/${String(body["id"])}`, who)).status).toBe(204);
    expect((await make(stranger, line, { title: "again" }, "/repos/customer-2/service/keys")).status).toBe(
      201,
    );
    expect(fake.github.sshAccess(line)?.repository).toBe("customer-2/service");
    expect(fake.github.keys()).toMatchObject([{ label: "again", live: true, retired: false }]);
  });

  it("of every type is taken, and shown and named as ssh-keygen does", async () => {
    const who = await token();
    // One in 256 begins with a zero byte, which some tools lose.
    const zeroFirst = Buffer.concat([Buffer.from("\0\0\0\x0bssh-ed25519\0\0\0\x20\0"), randomBytes(31)]);
    const lines = [
      publicKey(),
      `ssh-ed25519 ${zeroFirst.toString("base64")}`,
      ...([256, 384, 521] as const).map((bits) => ssh2.utils.generateKeyPairSync("ecdsa", { bits }).public),
      ssh2.utils.generateKeyPairSync("rsa", { bits: 1024 }).public,
    ];
    for (const line of lines) expect((await make(who, `  ${line}\n`)).body["key"]).toBe(partsOf(line).text);
    expect(new Set(lines.map((line) => line.split(" ")[0])).size).toBe(5);
    expect(fake.github.keys().map(({ handle }) => handle)).toEqual(lines.map((line) => partsOf(line).handle));
  });

  it.each([
    ["empty", () => ""],
    ["another text", () => "hello"],
    ["a type without a key", () => "ssh-ed25519"],
    ["cut short", () => publicKey().slice(0, -10)],
    ["of another type than it says", () => publicKey().replace("ssh-ed25519", "ssh-rsa")],
    ["of an unknown type", () => publicKey().replace("ssh-ed25519", "ssh-other")],
    ["of a type of old", () => `ssh-dss ${dss}`],
    ["a private key", () => keyPair().private],
  ])("that is none (%s) is refused in the same words", async (_, line) => {
    const got = await make(await token(), line());
    expect([got.status, got.body]).toEqual([422, inUse]);
    expect(fake.github.sshAccess(line())).toBeUndefined();
    expect(fake.github.keys()).toEqual([]);
  });
});

describe("the body", () => {
  const long = "t".repeat(255);

  it.each([
    [{ title: undefined }, { title: "me@here", read_only: false }],
    [{ title: "" }, { title: "" }],
    [{ title: long }, { title: long }],
    [{ read_only: false }, { read_only: false }],
    [{ read_only: true }, { read_only: true }],
  ])("%o makes %o", async (more, expected) => {
    expect(await make(await token(), publicKey("me@here"), more)).toMatchObject({
      status: 201,
      body: expected,
    });
  });

  it.each([
    [{}, '422 Invalid request.\n\n"key" wasn\'t supplied.'],
    [{ key: 1 }, "422 Invalid request.\n\nFor 'properties/key', 1 is not a string."],
    [{ key: "k", title: null }, "422 Invalid request.\n\nFor 'properties/title', nil is not a string."],
    [
      { key: "k", read_only: "yes" },
      "422 Invalid request.\n\nFor 'properties/read_only', \"yes\" is not a boolean.",
    ],
    ["{", "400 Problems parsing JSON"],
    ["[]", "400 Body should be a JSON object"],
  ])("%j is refused", async (body, expected) => {
    expect(said(await fake.ask("POST", keys, await token(), { body }))).toBe(expected);
    expect(fake.github.keys()).toEqual([]);
  });

  it("has a title of 255 characters at most", async () => {
    const got = await make(await token(), publicKey(), { title: `${long}t` });
    expect(got).toMatchObject({ status: 422, body: { errors: [{ field: "title" }] } });
  });
});

describe("over SSH", () => {
  const access = (line: string) => fake.github.sshAccess(line)?.repository;

  it("is known by its key alone, and says what it opens; only use is written down", async () => {
    const who = await token();
    const line = publicKey("a comment");
    const { id } = (await make(who, line, { read_only: true })).body;
    const writing = publicKey();
    await make(who, writing, {}, "/repos/customer-1/website/keys");
    const lastUsed = async () => (await fake.ask("GET", `${keys}/${String(id)}`, who)).body["last_used"];
    expect(fake.github.sshAccess(publicKey())).toBeUndefined();
    expect(fake.github.sshAccess(line, false)?.repository).toBe("customer-1/service");
    expect(await lastUsed()).toBeNull();
    fake.advance(90_000);
    for (const text of [line, partsOf(line).text, `${partsOf(line).text} another`]) {
      expect(fake.github.sshAccess(text)).toEqual({ repository: "customer-1/service", readOnly: true });
    }
    expect(fake.github.sshAccess(writing)).toEqual({ repository: "customer-1/website", readOnly: false });
    expect(await lastUsed()).toBe(new Date(fake.now()).toISOString().replace(".000", ""));
  });

  it("opens and closes on the clock, for what happens after the settings are set", async () => {
    fake.github.set("deployKeySettleSeconds", 3);
    fake.github.set("deployKeyDeathSeconds", 9);
    fake.github.set("settleSeconds", 0);
    const who = await token();
    const line = publicKey();
    const { id } = (await make(who, line)).body;
    fake.github.set("deployKeySettleSeconds", 0);
    const { handle } = partsOf(line);
    const later = (seconds: number) => {
      fake.advance(seconds * 1000);
      return [access(line) !== undefined, fake.key(handle)?.live, fake.key(handle)?.retired];
    };
    expect(later(0)).toEqual([false, false, false]);
    expect(later(2.999)).toEqual([false, false, false]);
    expect(later(0.001)).toEqual([true, true, false]);
    expect((await fake.ask("DELETE", `${keys}/${String(id)}`, who)).status).toBe(204);
    fake.github.set("deployKeyDeathSeconds", 0);
    expect((await fake.ask("GET", `${keys}/${String(id)}`, who)).status).toBe(404);
    expect((await fake.ask("DELETE", `${keys}/${String(id)}`, who)).status).toBe(404);
    expect(later(0)).toEqual([true, true, true]);
    // Registered elsewhere while the deleted one still lives: the new place counts.
    expect((await make(who, line, {}, "/repos/customer-1/website/keys")).status).toBe(201);
    expect(access(line)).toBe("customer-1/website");
    const [again] = (await fake.ask("GET", "/repos/customer-1/website/keys", who)).list;
    await fake.ask("DELETE", `/repos/customer-1/website/keys/${String(again?.["id"])}`, who);
    expect(later(8.999)).toEqual([true, true, true]);
    expect(later(0.001)).toEqual([false, false, true]);
  });

  it("opens nothing while the organisation forbids deploy keys, and none can be made then", async () => {
    const who = await token();
    const line = publicKey();
    const { id } = (await make(who, line)).body;
    fake.github.set("deployKeys", "forbidden");
    const got = await make(who, publicKey());
    expect([got.status, got.body["errors"]]).toEqual([
      422,
      [{ resource: "PublicKey", code: "custom", message: "Deploy keys are disabled for this repository" }],
    ]);
    const enabled = async () => (await fake.ask("GET", `${keys}/${String(id)}`, who)).body["enabled"];
    expect([await enabled(), access(line), fake.github.keys()]).toMatchObject([
      false,
      undefined,
      [{ live: false, retired: false }],
    ]);
    fake.github.set("deployKeys", "allowed");
    expect([await enabled(), access(line)]).toEqual([true, "customer-1/service"]);
  });
});
