import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, verify } from "node:crypto";
import ssh2 from "ssh2";
import { describe, expect, it } from "vitest";
import {
  blobOf,
  fingerprintOf,
  newPrivateKey,
  openSshPrivateKey,
  publicHalf,
} from "../../../providers/github/ssh-key.js";
import { Secret } from "../../../providers/kit/secret.js";

/** The key of a seed that is the same in every run. */
function keyOf(index: number) {
  const seed = createHash("sha256").update(`seed ${index}`).digest();
  const prefix = Buffer.from("302e020100300506032b657004220420", "hex");
  const key = createPrivateKey({ key: Buffer.concat([prefix, seed]), format: "der", type: "pkcs8" });
  return { key, x: Buffer.from(createPublicKey(key).export({ format: "jwk" }).x ?? "", "base64url") };
}

describe("a private key in OpenSSH's format", () => {
  it("is the key, whatever bytes it begins with: a zero too, which ssh2's own generator loses", () => {
    for (let index = 0, zeros = 0; zeros < 2; index++) {
      const { key, x } = keyOf(index);
      if (x[0] === 0) zeros++;
      else if (index > 20) continue;
      const pem = openSshPrivateKey(key);
      const parsed = ssh2.utils.parseKey(pem);
      if (parsed instanceof Error) throw parsed;
      expect(parsed.getPublicSSH().subarray(19)).toEqual(x);
      expect(publicHalf(new Secret(pem)).line).toBe(
        `ssh-ed25519 ${Buffer.concat([Buffer.from("0000000b7373682d6564323535313900000020", "hex"), x]).toString("base64")}`,
      );
      expect(verify(null, Buffer.from("text"), createPublicKey(key), parsed.sign("text"))).toBe(true);
    }
  });

  it("is laid out as ssh-keygen lays it out: whole blocks, no comment, a line break at the end", () => {
    const text = newPrivateKey().reveal();
    const lines = text.split("\n");
    expect([lines[0], lines.at(-2), lines.at(-1)]).toEqual([
      ...["BEGIN", "END"].map((word) => `-----${word} OPENSSH PRIVATE KEY-----`),
      "",
    ]);
    expect(lines.slice(1, -3).every((line) => line.length === 70)).toBe(true);
    const bytes = Buffer.from(lines.slice(1, -2).join(""), "base64");
    const fields: Buffer[] = [];
    for (let at = 15; at < bytes.length; ) {
      if (fields.length === 3) {
        expect(bytes.readUInt32BE(at)).toBe(1);
        at += 4;
      }
      const length = bytes.readUInt32BE(at);
      fields.push(bytes.subarray(at + 4, at + 4 + length));
      at += 4 + length;
    }
    const [cipher, kdf, options, half, secret = Buffer.alloc(0)] = fields;
    expect([bytes.subarray(0, 15), cipher, kdf, options].map(String)).toEqual([
      ...["openssh-key-v1\0", "none", "none", ""],
    ]);
    expect(half).toHaveLength(51);
    expect(secret.length % 8).toBe(0);
    expect(secret.subarray(0, 4)).toEqual(secret.subarray(4, 8));
    const padding = [...secret.subarray(8 + 51 + 68 + 4)];
    expect(padding).toEqual(padding.map((_, index) => index + 1));
  });

  it("is another one each time", () => {
    const all = Array.from({ length: 20 }, () => publicHalf(newPrivateKey()).fingerprint);
    expect(new Set(all).size).toBe(20);
    expect(all.every((one) => /^SHA256:[A-Za-z0-9+/]{43}$/.test(one))).toBe(true);
  });
});

it("a fingerprint is what ssh-keygen prints, and GitHub publishes for its own host key", () => {
  const line =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl comment here";
  expect(fingerprintOf(blobOf(line))).toBe("SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU");
});

describe("a key that someone brought along", () => {
  const pem = { format: "pem" } as const;
  const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const elliptic = generateKeyPairSync("ec", { namedCurve: "P-256" });

  it.each([
    ["ssh-rsa", rsa.privateKey.export({ type: "pkcs1", ...pem })],
    ["ecdsa-sha2-nistp256", elliptic.privateKey.export({ type: "sec1", ...pem })],
    ["ssh-ed25519", openSshPrivateKey(keyOf(1).key).replaceAll("\n", "\r\n").trim()],
  ])("is read: %s", (type, text) => {
    expect(publicHalf(new Secret(text.toString())).line).toMatch(new RegExp(`^${type} [A-Za-z0-9+/]+=*$`));
  });

  it("is refused without a word of it when it is no private key", () => {
    const whole = openSshPrivateKey(keyOf(2).key);
    const lines = whole.split("\n");
    const encrypted = { type: "pkcs1", ...pem, cipher: "aes-256-cbc", passphrase: "x" } as const;
    const texts = [
      ...["", "x", "two words", publicHalf(new Secret(whole)).line, `${whole.slice(0, 200)}`],
      lines.slice(1, -2).join("\n"),
      whole.replaceAll("a", "*"),
      [lines[0], lines[1], ...lines.slice(-2)].join("\n"),
      rsa.privateKey.export(encrypted).toString(),
      rsa.publicKey.export({ type: "pkcs1", ...pem }).toString(),
    ];
    for (const text of texts) {
      let thrown: unknown;
      try {
        publicHalf(new Secret(text));
      } catch (error) {
        thrown = error;
      }
      expect(thrown, text.slice(0, 30)).toMatchObject({ code: "config_invalid" });
      const said = thrown instanceof Error ? `${thrown.message} ${thrown.stack}` : "";
      for (const line of text.split("\n").filter((one) => one.length > 15)) expect(said).not.toContain(line);
    }
  });
});
