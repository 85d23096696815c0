import { once } from "node:events";
import type { AddressInfo } from "node:net";
import ssh2 from "ssh2";
import { describe, expect, it, onTestFinished } from "vitest";
import { keyPair, openFake } from "./fake-bench.js";

const fake = await openFake("github/deploy-key");

/** An SSH server that knows nothing by itself, as the sandbox's: it lets in whom the fake lets in. */
async function serveSsh(hostKey: string): Promise<number> {
  const server = new ssh2.Server({ hostKeys: [hostKey] }, (client) => {
    client.on("authentication", (context) => {
      if (context.method !== "publickey") return context.reject(["publickey"]);
      const line = `${context.key.algo} ${context.key.data.toString("base64")}`;
      return fake.github.sshAccess(line) ? context.accept() : context.reject();
    });
    client.on("error", () => undefined);
  });
  onTestFinished(() => new Promise<void>((resolve) => server.close(() => resolve())));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address: AddressInfo | string | null = server.address();
  return typeof address === "object" && address ? address.port : 0;
}

/** "in" or the reason why not. Trusts the host only with one of the `pinned` keys. */
function knock(port: number, privateKey: string, pinned: readonly string[]): Promise<string> {
  const client = new ssh2.Client();
  return new Promise<string>((resolve) => {
    client.on("ready", () => resolve("in"));
    client.on("error", ({ message }) => resolve(message));
    client.connect({
      ...{ host: "127.0.0.1", port, username: "git", privateKey },
      hostVerifier: (key: Buffer) => pinned.some((line) => line.split(" ")[1] === key.toString("base64")),
    });
  }).finally(() => client.end());
}

async function meta() {
  const { body } = await fake.ask("GET", "/meta");
  const { ssh_keys: lines, ssh_key_fingerprints: fingerprints } = body;
  return { lines: Array.isArray(lines) ? lines.map(String) : [], fingerprints };
}

describe("the host keys", () => {
  it("are named by GET /meta, with their fingerprints", async () => {
    const { lines, fingerprints } = await meta();
    expect(lines).toEqual([
      expect.stringMatching(/^ssh-ed25519 [A-Za-z0-9+/]+=*$/),
      expect.stringMatching(/^ecdsa-sha2-nistp256 [A-Za-z0-9+/]+=*$/),
    ]);
    expect(fingerprints).toEqual({
      SHA256_ED25519: expect.stringMatching(/^[A-Za-z0-9+/]{43}$/),
      SHA256_ECDSA: expect.stringMatching(/^[A-Za-z0-9+/]{43}$/),
    });
    expect(fake.github.sshHostKeys.map(({ publicKey }) => publicKey)).toEqual(lines);
    fake.github.reset();
    expect((await meta()).lines).toEqual(lines);
  });

  it.each(["ED25519", "ECDSA"])(
    "%s proves the host, and deploy keys open it on their own terms",
    async (name) => {
      const host = fake.github.sshHostKeys.find((one) => one.name === name);
      const port = await serveSsh(host?.privateKey ?? "");
      const { lines: pinned } = await meta();
      const pair = keyPair();
      const refused = "All configured authentication methods failed";
      expect(await knock(port, pair.private, pinned)).toBe(refused);
      const path = "/repos/customer-1/service/keys";
      const token = `token ${await fake.token()}`;
      const { body } = await fake.ask("POST", path, token, { body: { key: pair.public } });
      expect(await knock(port, pair.private, pinned)).toBe("in");
      expect(await knock(port, pair.private, [])).toMatch(/host|denied|verif/i);
      expect(await knock(port, keyPair().private, pinned)).toBe(refused);
      await fake.ask("DELETE", `${path}/${String(body["id"])}`, token);
      expect(await knock(port, pair.private, pinned)).toBe(refused);
    },
  );
});
