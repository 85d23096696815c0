import { generateKeyPairSync, randomBytes } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import installationToken from "../../../providers/github/installation-token.js";
import { type Bench, keyOf, mintRequest, openBench, outcome } from "./bench.js";

let bench: Bench;
beforeEach(async () => {
  bench = await openBench();
});
afterEach(() => bench.served.close());

describe("a token's life", () => {
  it.each(["stateless", "classic"])("mints, verifies and retires a %s token", async (format) => {
    bench.github.set("tokenFormat", format);
    const github = await bench.connect();
    const key = await github.make(mintRequest());
    const length = key.fields["token"]?.reveal().length ?? 0;
    if (format === "classic") expect(length).toBe(40);
    else expect(length).toBeGreaterThan(480);
    expect(key.expiresAt).toEqual(new Date(Date.UTC(2031, 4, 17, 9, 30, 12)));
    expect(bench.github.keys()).toEqual([
      { provider: "github/installation-token", handle: key.handle, label: "", live: true, retired: false },
    ]);
    expect(key.handle).toMatch(/^sha256:[0-9a-f]{32}$/);
    expect(installationToken.handleOf?.(key.fields)).toBe(key.handle);

    expect(await github.verify(key)).toBe("accepted");
    await github.retire(key);
    expect(await github.verify(key)).toBe("rejected");
    await github.retire(key);
    expect(bench.github.keys()).toMatchObject([{ live: false, retired: true }]);
  });

  it("sends the token under the scheme `token`, the pinned version, and no key material in a URL", async () => {
    const github = await bench.connect();
    const key = await github.make(mintRequest());
    await github.verify(key);
    await github.retire(key);
    const token = key.fields["token"]?.reveal();
    const [mint, verify, retire] = bench.served.requests;
    expect(mint?.headers["authorization"]).toMatch(/^bearer [\w-]+\.[\w-]+\.[\w-]+$/);
    expect(verify?.headers["authorization"]).toBe(`token ${token}`);
    expect(retire?.headers["authorization"]).toBe(`token ${token}`);
    for (const request of bench.served.requests) {
      expect(request.headers["x-github-api-version"]).toBe("2022-11-28");
      expect(request.headers["user-agent"]).toMatch(/^keyturn /);
    }
    const { installationId } = bench.config;
    expect(bench.served.requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
      `POST /app/installations/${installationId}/access_tokens`,
      "GET /installation/repositories?per_page=1",
      "DELETE /installation/token",
    ]);
  });

  it("is rejected, without an error, while it settles and after its hour", async () => {
    bench.github.set("settleSeconds", 5);
    const github = await bench.connect();
    const key = await github.make(mintRequest());
    expect(await github.verify(key)).toBe("rejected");
    bench.advance(5);
    expect(await github.verify(key)).toBe("accepted");
    bench.advance(3600 - 6);
    expect(await github.verify(key)).toBe("accepted");
    bench.advance(1);
    expect(await github.verify(key)).toBe("rejected");
    await github.retire(key);
  });

  it("is still accepted while its revocation spreads, and may be retired again meanwhile", async () => {
    bench.github.set("deathSeconds", 30);
    const github = await bench.connect();
    const key = await github.make(mintRequest());
    await github.retire(key);
    bench.advance(29);
    expect(await github.verify(key)).toBe("accepted");
    await github.retire(key);
    bench.advance(1);
    expect(await github.verify(key)).toBe("rejected");
  });

  it("rejects, and finds gone, what GitHub never made", async () => {
    const github = await bench.connect();
    for (const text of [
      `ghs_${randomBytes(27).toString("hex")}`,
      "two words",
      "line\nbreak",
      "häß",
      "→",
      "",
    ]) {
      expect(await github.verify(keyOf(text)), JSON.stringify(text)).toBe("rejected");
      await github.retire(keyOf(text));
    }
  });

  it("names the field that is missing", async () => {
    const github = await bench.connect();
    const stray = { handle: "sha256:0", fields: { apiKey: keyOf("x").fields["token"] ?? never() } };
    await expect(github.verify(stray)).rejects.toThrow(/field token; found the fields apiKey/);
  });
});

describe("what is asked for", () => {
  const bodyOf = async (config: object) => {
    const github = await bench.connect({
      config: { installationId: bench.config["installationId"], ...config },
    });
    await github.make(mintRequest());
    return JSON.parse(bench.served.requests.at(-1)?.body || "{}");
  };

  it("is the declared repositories and permissions, and nothing else", async () => {
    expect(await bodyOf({})).toEqual({});
    expect(await bodyOf({ repositories: ["website", "service"] })).toEqual({
      repositories: ["website", "service"],
    });
    const id = Number(bench.config["installationId"]) * 10;
    expect(await bodyOf({ repositoryIds: [id + 1], permissions: { contents: "write" } })).toEqual({
      repository_ids: [id + 1],
      permissions: { contents: "write" },
    });
  });

  it.each([
    ["a repository it was not given", { repositories: ["secrets"] }],
    ["a permission it was not given", { permissions: { secrets: "read" } }],
    ["a higher level than it was given", { permissions: { contents: "admin" } }],
  ])("is refused as config_invalid for %s", async (_, config) => {
    await expect(bodyOf(config)).rejects.toMatchObject({
      code: "config_invalid",
      message: expect.stringContaining("not granted"),
    });
    expect(bench.github.keys()).toEqual([]);
  });

  it("names an installation that is not there", async () => {
    const github = await bench.connect({ config: { installationId: 7 } });
    await expect(github.make(mintRequest())).rejects.toMatchObject({
      code: "config_invalid",
      message: expect.stringContaining("no installation 7"),
    });
  });

  it("refuses more than 500 repositories", async () => {
    const repositories = Array.from({ length: 501 }, (_, index) => `r${index}`);
    const config = { installationId: 17, repositories };
    await expect(installationToken.checkConfig(config)).rejects.toThrow("repositories: expected 1 to 500");
    await installationToken.checkConfig({ installationId: 17, repositories: repositories.slice(1) });
  });

  it.each([
    [{}, "installationId"],
    [{ installationId: 0 }, "installationId"],
    [{ installationId: "17" }, "installationId"],
    [{ installationId: 17, repositories: [] }, "repositories"],
    [{ installationId: 17, repositories: ["owner/name"] }, "repositories.0"],
    [{ installationId: 17, repositoryIds: [1.5] }, "repositoryIds.0"],
    [{ installationId: 17, repositories: ["a"], repositoryIds: [1] }, "repositoryIds"],
    [{ installationId: 17, permissions: { contents: "all" } }, "permissions.contents"],
    [{ installationId: 17, extra: true }, "(the whole)"],
    ["17", "(the whole)"],
  ])("refuses the config %j before any request", async (config, path) => {
    await expect(installationToken.checkConfig(config)).rejects.toMatchObject({
      code: "config_invalid",
      message: expect.stringContaining(`${path}: expected`),
    });
  });
});

describe("the admin credential", () => {
  const good = () => String(bench.admin["privateKey"]);
  const mintWith = async (privateKey: unknown, appId: unknown = bench.admin["appId"]) =>
    outcome((async () => (await bench.connect({ admin: { appId, privateKey } })).make(mintRequest()))());

  it("may be PKCS#1 or PKCS#8, with escaped or Windows line breaks, and blanks around it", async () => {
    const { createPrivateKey } = await import("node:crypto");
    const pkcs8 = createPrivateKey(good()).export({ type: "pkcs8", format: "pem" }).toString();
    for (const pem of [good(), pkcs8]) {
      expect(await mintWith(pem)).toBe("ok");
      expect(await mintWith(pem.replaceAll("\n", "\\n"))).toBe("ok");
      expect(await mintWith(pem.replaceAll("\n", "\\r\\n"))).toBe("ok");
      expect(await mintWith(pem.replaceAll("\n", "\r\n"))).toBe("ok");
      expect(await mintWith(`\n  ${pem}\n\n`)).toBe("ok");
    }
  });

  it("may name the App by number, by digits or by client id", async () => {
    const app = await appAt();
    expect(await mintWith(good(), String(bench.admin["appId"]))).toBe("ok");
    expect(await mintWith(good(), app)).toBe("ok");
    expect(await mintWith(good(), 12)).toBe("config_invalid");
  });

  /** The App's client id, as its owner sees it. */
  async function appAt(): Promise<string> {
    let clientId = "";
    const github = await bench.connect({ config: { installationId: 7 } });
    await outcome(github.make(mintRequest()));
    const jwt = bench.served.requests.at(-1)?.headers["authorization"] ?? "";
    const answer = await fetch(`${bench.served.url}/app`, { headers: { authorization: jwt } });
    const body: unknown = await answer.json();
    if (typeof body === "object" && body && "client_id" in body) clientId = String(body.client_id);
    return clientId;
  }

  it("is refused with nothing sent, and nothing of it said, when the PEM is wrong", async () => {
    const encrypted = generateKeyPairSync("rsa", {
      modulusLength: 2048,
      privateKeyEncoding: { type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "x" },
      publicKeyEncoding: { type: "spki", format: "pem" },
    });
    const elliptic = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
    const lines = good().split("\n");
    const wrong: readonly unknown[] = [
      good().slice(0, -40),
      lines[0],
      lines.slice(1, -2).join("\n"),
      good().replaceAll("A", "*"),
      encrypted.privateKey,
      encrypted.publicKey,
      elliptic.export({ type: "pkcs8", format: "pem" }),
      "",
      17,
      undefined,
    ];
    for (const privateKey of wrong) {
      const error = await bench
        .connect({ admin: { appId: 1, privateKey } })
        .then(() => undefined)
        .catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({
        code: "admin_rejected",
        message: expect.stringContaining("privateKey: expected"),
      });
      const text = `${String(error)} ${error instanceof Error ? error.stack : ""}`;
      for (const line of String(privateKey)
        .split("\n")
        .filter((one) => one.length > 15)) {
        expect(text).not.toContain(line);
      }
    }
    expect(await mintWith(good(), "")).toBe("admin_rejected");
    expect(await mintWith(good(), 0)).toBe("admin_rejected");
    await expect(bench.connect({ admin: { ...bench.admin, token: "x" } })).rejects.toThrow(/admin_rejected/);
    expect(bench.served.requests).toEqual([]);
  });

  it("is refused by GitHub when the key is another App's", async () => {
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    expect(await mintWith(privateKey.export({ type: "pkcs1", format: "pem" }))).toBe("admin_rejected");
    expect(bench.served.requests).toHaveLength(1);
  });
});

describe("a clock that is wrong", () => {
  it.each([-7200, -601, -31, 31, 45, 601, 7200])(
    "by %i s still mints, with one more try at most",
    async (ahead) => {
      const github = await bench.connect({ ahead });
      const key = await github.make(mintRequest());
      expect(bench.github.keys()).toHaveLength(1);
      expect(bench.served.requests.length).toBe(ahead >= -540 && ahead <= 30 ? 1 : 2);
      expect(await github.verify(key)).toBe("accepted");
    },
  );

  it("is admin_rejected when the second try is refused too", async () => {
    const message = "'Expiration time' claim ('exp') is too far in the future";
    bench.served.answer(() => ({ status: 401, body: { message } }));
    const github = await bench.connect();
    expect(await outcome(github.make(mintRequest()))).toBe("admin_rejected");
    expect(bench.served.requests).toHaveLength(2);
  });
});

describe("a suspended installation", () => {
  it("gets no token, no verdict and no revocation until the suspension is lifted", async () => {
    const github = await bench.connect();
    const key = await github.make(mintRequest());
    bench.github.set("suspended", true);
    for (const call of [
      () => github.make(mintRequest()),
      () => github.verify(key),
      () => github.retire(key),
    ]) {
      await expect(call()).rejects.toMatchObject({
        code: "admin_rejected",
        message: expect.stringContaining("suspended installation"),
      });
    }
    expect(bench.github.keys()).toMatchObject([{ live: false, retired: false }]);
    bench.github.set("suspended", false);
    expect(await github.verify(key)).toBe("accepted");
  });
});

function never(): never {
  throw new TypeError("unreachable");
}
