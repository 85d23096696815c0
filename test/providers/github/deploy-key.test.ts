import { generateKeyPairSync } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import deployKey from "../../../providers/github/deploy-key.js";
import { Secret } from "../../../providers/kit/secret.js";
import {
  aKey,
  type Bench,
  type Deployer,
  keyOf,
  labelOf,
  openBench,
  outcome,
  request,
} from "./deploy-key-bench.js";

let bench: Bench;
let github: Deployer;
beforeEach(async () => {
  bench = await openBench();
  github = await bench.connect();
});
afterEach(() => bench.close());

describe("a key's life", () => {
  it("is made without the network, registered, used, found, ended", async () => {
    const offline = await bench.connect({ fetch: () => Promise.reject(new Error("the network was used")) });
    const key = await offline.make(request);
    expect(Object.keys(key.fields)).toEqual(["privateKey"]);
    expect(deployKey.handleOf?.(key.fields)).toBe(key.handle);
    expect([bench.asked(), bench.logins]).toEqual([[], []]);

    expect(await github.verify(key)).toBe("rejected");
    expect(await github.register(key, labelOf(1))).toBe("created");
    expect(await github.verify(key)).toBe("accepted");
    expect(await github.find()).toEqual([
      {
        handle: key.handle,
        label: labelOf(1),
        createdAt: new Date(Date.UTC(2031, 4, 17, 8, 30, 12)),
        state: "active",
      },
    ]);
    await github.retire(key);
    expect(await github.verify(key)).toBe("rejected");
    expect(await github.find()).toEqual([]);
    expect(bench.github.keys()).toEqual([
      { provider: "github/deploy-key", handle: key.handle, label: labelOf(1), live: false, retired: true },
    ]);
    expect(github.proof).toBe("used");
    expect(bench.logins).toMatchObject([401, 200, 401].map((status) => ({ status, credential: key.handle })));
  });

  it("asks with one token of its own, which may administer this repository and nothing else", async () => {
    const key = await github.make(request);
    const verbs = [() => github.find(), () => github.register(key, labelOf(1)), () => github.verify(key)];
    await Promise.all([github.find(), github.find()]);
    for (const verb of [...verbs, () => github.retire(key)]) await verb();
    const [first, ...others] = bench.served.requests;
    expect(JSON.parse(first?.body ?? "")).toEqual({
      repositories: ["service"],
      permissions: { administration: "write" },
    });
    expect(first?.headers["authorization"]).toMatch(/^bearer [\w-]+\.[\w-]+\.[\w-]+$/);
    expect(new Set(others.map((one) => one.headers["authorization"])).size).toBe(1);
    expect(bench.asked()).toEqual([
      ...[
        bench.mint,
        bench.list,
        bench.list,
        bench.list,
        `POST /repos/${bench.repository}/keys`,
        "GET /meta",
        bench.list,
      ],
      expect.stringMatching(`^DELETE /repos/${bench.repository}/keys/\\d+$`),
    ]);
    await (await bench.connect()).find();
    expect(bench.asked()).toEqual([bench.mint, bench.list]);
  });

  it("sends the public half, the label and read_only, as declared; a key that may only read is accepted", async () => {
    for (const readOnly of [true, false, undefined]) {
      const key = await github.make(request);
      const declared = await bench.connect({ config: { readOnly } });
      await declared.register(key, labelOf(7));
      const { body = "" } = bench.served.requests.find(({ path }) => path.endsWith("/keys")) ?? {};
      const sent: unknown = JSON.parse(body);
      const line = expect.stringMatching(/^ssh-ed25519 \S{68}$/);
      expect(sent).toEqual({ title: labelOf(7), key: line, read_only: readOnly ?? true });
      expect(await declared.verify(key)).toBe("accepted");
      expect(JSON.stringify(bench.served.requests)).not.toContain(
        key.fields["privateKey"]?.reveal().split("\n")[3],
      );
      bench.asked();
    }
  });

  it("is refused while it settles, and accepted while its end spreads", async () => {
    bench.github.set("deployKeySettleSeconds", 8);
    bench.github.set("deployKeyDeathSeconds", 15);
    const key = await github.make(request);
    await github.register(key, labelOf(1));
    expect(await github.verify(key)).toBe("rejected");
    bench.advance(8);
    expect(await github.verify(key)).toBe("accepted");
    await github.retire(key);
    bench.advance(14);
    expect(await github.verify(key)).toBe("accepted");
    expect(await github.find()).toEqual([]);
    bench.advance(1);
    expect(await github.verify(key)).toBe("rejected");
  });

  it("may be RSA or elliptic where someone brought it along", async () => {
    const rsa = String(bench.admin["privateKey"]);
    const elliptic = generateKeyPairSync("ec", { namedCurve: "P-384" }).privateKey;
    for (const text of [rsa, elliptic.export({ type: "sec1", format: "pem" })]) {
      const key = keyOf(new Secret(text.toString()));
      expect(await github.verify(key)).toBe("rejected");
      expect(await github.register(key, labelOf(1))).toBe("created");
      expect(await github.verify(key)).toBe("accepted");
    }
  });

  it("has its field; a value without it, or with another text, is config_invalid and nothing is asked", async () => {
    const { privateKey } = aKey().fields;
    if (!privateKey) throw new TypeError("no key");
    const stray = { handle: "SHA256:0", fields: { sshKey: privateKey } };
    await expect(github.verify(stray)).rejects.toThrow(
      /config_invalid.*field privateKey; found the fields sshKey/,
    );
    expect(() => deployKey.handleOf?.({})).toThrow(/config_invalid.*the fields none/);
    const text = { handle: "SHA256:0", fields: { privateKey: new Secret("no key") } };
    expect(await outcome(github.verify(text))).toBe("config_invalid");
    expect(await outcome(github.register(text, labelOf(0)))).toBe("config_invalid");
    expect(bench.asked()).toEqual([]);
  });
});

describe("registering again", () => {
  it.each(["drop", "hang"] as const)(
    "after a lost answer (%s) finds the key, and makes no other",
    async (fault) => {
      const key = aKey();
      const hasty = await bench.connect({ timeoutMs: 150 });
      bench.served.answer((sent) => {
        if (sent.method !== "POST" || !sent.path.endsWith("/keys")) return undefined;
        bench.served.answer(undefined);
        void bench.github.handle(sent);
        return fault;
      });
      expect(await outcome(hasty.register(key, labelOf(3)))).toBe("unavailable");
      expect(bench.live()).toEqual([key.handle]);
      expect(await hasty.register(key, labelOf(3))).toBe("existed");
      expect(await hasty.register(key, labelOf(3))).toBe("existed");
      expect(bench.github.keys()).toHaveLength(1);
    },
  );

  it("twice at once makes one key", async () => {
    const key = aKey();
    const results = await Promise.all([1, 2, 3].map(() => github.register(key, labelOf(3))));
    expect(results.sort()).toEqual(["created", "existed", "existed"]);
    expect(bench.live()).toEqual([key.handle]);
  });

  it("is told by the key itself, whatever comment stands behind it", async () => {
    const key = aKey();
    await github.register(key, labelOf(3));
    bench.served.answer((sent) => {
      const answer = sent.method === "GET" ? bench.github.handle(sent) : undefined;
      if (!answer || !("status" in answer) || !Array.isArray(answer.body)) return undefined;
      return { ...answer, body: answer.body.map((one) => ({ ...one, key: `${one.key}  someone@host ` })) };
    });
    expect(await github.register(key, labelOf(3))).toBe("existed");
  });

  it("under another title is refused, and changes nothing", async () => {
    const key = aKey();
    await github.register(key, labelOf(3));
    for (const title of [labelOf(4), labelOf(33), "someone's", "x"]) {
      await expect(github.register(key, title)).rejects.toMatchObject({
        code: "config_invalid",
        message: expect.stringContaining("under another title"),
      });
    }
    expect(bench.github.keys()).toMatchObject([{ handle: key.handle, label: labelOf(3), live: true }]);
  });

  it("is refused when the key is in use elsewhere: at first retryable, for a list may lag", async () => {
    const key = aKey();
    const { config } = bench.github.admit("github/deploy-key", { ssh: String(bench.config["ssh"]) });
    const other = await bench.connect({ config });
    await other.register(key, labelOf(1));
    const elsewhere = (code: string) =>
      expect.objectContaining({ code, message: expect.stringContaining("in use elsewhere") });
    await expect(github.register(key, labelOf(1))).rejects.toEqual(elsewhere("unavailable"));
    bench.advance(4.999);
    await expect(github.register(key, labelOf(1))).rejects.toEqual(elsewhere("unavailable"));
    bench.advance(0.001);
    await expect(github.register(key, labelOf(1))).rejects.toEqual(elsewhere("config_invalid"));
    expect(await other.verify(key)).toBe("accepted");
  });

  it("where the organisation forbids deploy keys says so, and what to do", async () => {
    bench.github.set("deployKeys", "forbidden");
    await expect(github.register(aKey(), labelOf(1))).rejects.toMatchObject({
      code: "config_invalid",
      message: expect.stringMatching(/forbids them.*Allow them/),
    });
  });
});

describe("ending", () => {
  it("ends the one key, twice is once, and leaves every other alone", async () => {
    const [mine, foreign, hand] = bench.plant([
      labelOf(1),
      "keyturn:zzzzzzzz:abcdefghijklmnop:abcdefghijkl.0",
      "ci",
    ]);
    const doomed = { handle: mine ?? "", fields: {} };
    const strangers = { handle: aKey().handle, fields: {} };
    await github.retire(strangers);
    expect(bench.live()).toHaveLength(3);
    await github.retire(doomed);
    await github.retire(doomed);
    expect(bench.live()).toEqual([foreign, hand]);
    expect(bench.asked().filter((one) => one.startsWith("DELETE"))).toHaveLength(1);
  });

  it("does not reach another customer's key", async () => {
    const { config } = bench.github.admit("github/deploy-key");
    const [theirs] = bench.plant([labelOf(1)], String(config["repository"]).split("/")[0]);
    await github.retire({ handle: theirs ?? "", fields: {} });
    expect([bench.live(), await github.find()]).toEqual([[theirs], []]);
  });

  it("is done when GitHub knows the key no more by the time it is deleted", async () => {
    const key = aKey();
    await github.register(key, labelOf(1));
    bench.served.answer(({ method }) =>
      method === "DELETE" ? { status: 404, body: { message: "Not Found" } } : undefined,
    );
    await github.retire(key);
  });
});
