import { createHash, randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { publicHalf } from "../../providers/github/ssh-key.js";
import { builtin } from "../../providers/index.js";
import { Secret } from "../../providers/kit/secret.js";
import { fingerprint, fingerprintOf } from "../../services/leak/fingerprint.js";
import { type Ring, ringAfter, ringIn, tagsOfRing, versionsIn } from "../../services/leak/ring.js";
import { make } from "./keys.js";

const print = () => randomBytes(16).toString("hex");
const providerOf = (id: string) =>
  builtin.find((one) => one.id === id) ?? { id: "a/b" as const, recognition: undefined };

describe("a fingerprint", () => {
  it("is 128 bits of SHA-256 over keyturn/1, provider and canonical form, each with its length, as anyone can compute", () => {
    const text = "9:keyturn/121:stripe/restricted-key3:key";
    expect(fingerprint("stripe/restricted-key", "key")).toBe(
      createHash("sha256").update(text).digest("hex").slice(0, 32),
    );
    expect(fingerprint("stripe/restricted-key", "ké")).not.toBe(fingerprint("stripe/restricted-key", "ke"));
    expect(fingerprint("a/bc", "d")).not.toBe(fingerprint("a/b", "cd"));
  });

  it("of a stored key is that of its canonical form: of a deploy key the public line's, however the key is wrapped", () => {
    const pem = make.privateKey();
    const { line } = publicHalf(new Secret(pem));
    const wanted = fingerprint("github/deploy-key", line);
    for (const stored of [
      pem,
      pem.trim(),
      pem.replaceAll("\n", "\r\n"),
      pem.replace(/(?<=.{9})\n(?=\w)/g, ""),
    ]) {
      expect(fingerprintOf(providerOf("github/deploy-key"), { privateKey: new Secret(stored) })).toBe(wanted);
    }
    const token = make.restricted();
    expect(fingerprintOf(providerOf("stripe/restricted-key"), { apiKey: new Secret(`${token}\n`) })).toBe(
      fingerprint("stripe/restricted-key", token),
    );
  });

  it.each([
    ["another kind's text", "stripe/restricted-key", { apiKey: new Secret(make.signing()) }],
    ["a word that could be guessed", "stripe/restricted-key", { apiKey: new Secret("correct horse") }],
    [
      "two keys",
      "stripe/restricted-key",
      { apiKey: new Secret(`${make.restricted()} ${make.restricted()}`) },
    ],
    [
      "a key with a word behind it",
      "stripe/restricted-key",
      { apiKey: new Secret(`${make.restricted()} x`) },
    ],
    [
      "two private keys",
      "github/deploy-key",
      { privateKey: new Secret(make.privateKey() + make.privateKey()) },
    ],
    ["no such field", "stripe/restricted-key", { other: new Secret(make.restricted()) }],
    ["a provider that says nothing of its keys", "a/b", { apiKey: new Secret(make.restricted()) }],
  ])("is not made of %s", (_, provider, fields) => {
    expect(fingerprintOf(providerOf(provider), fields)).toBeUndefined();
  });
});

describe("the ring", () => {
  const learnt = (ring: Ring, ...versions: readonly (readonly [versionId: string, fingerprint: string])[]) =>
    versions.reduce((at, [versionId, fp]) => ringAfter(at, { versionId, fingerprint: fp }), ring);

  it("holds the latest five, the latest first", () => {
    const prints = Array.from({ length: 7 }, print);
    const ring = learnt([], ...prints.map((one, index) => [`v${index}`, one] as const));
    expect(ring.map(({ fingerprint: one }) => one)).toEqual(prints.slice(2).reverse());
    expect([...versionsIn(ring)]).toEqual(["v6", "v5", "v4", "v3", "v2"]);
  });

  it("names one key once, with three of its versions: copies push no other key out", () => {
    const [a, b] = [print(), print()];
    const ring = learnt([], ["v1", a], ["v2", b], ["v3", a], ["v4", a], ["v5", a]);
    expect(ring).toEqual([
      { fingerprint: a, versionIds: ["v5", "v4", "v3"] },
      { fingerprint: b, versionIds: ["v2"] },
    ]);
  });

  it("does not change by what it knows, nor by what no tag can hold", () => {
    const [a, b] = [print(), print()];
    const ring = learnt([], ["v1", a], ["v2", b]);
    expect(learnt(ring, ["v1", a], ["v2", b])).toBe(ring);
    for (const odd of ["", "two words", "é".repeat(32), "v\n1", "v".repeat(65)])
      expect(learnt(ring, [odd, print()])).toBe(ring);
    expect(learnt(ring, ["v3", "no fingerprint"])).toBe(ring);
  });

  it("fits into the tags that AWS allows, begins with the fingerprint, and is read back as it was", () => {
    const ids = () => randomBytes(32).toString("hex");
    const one = print();
    const ring = learnt(
      [],
      ...Array.from({ length: 6 }, () => [ids(), print()] as const),
      ...[1, 2, 3].map(() => [ids(), one] as const),
    );
    const tags = tagsOfRing(ring);
    expect([...tags.keys()]).toEqual([0, 1, 2, 3, 4].map((slot) => `keyturn:fp:${slot}`));
    for (const text of tags.values()) expect(text).toMatch(/^[0-9a-f]{32}(?: [0-9a-f]{64}){1,3}$/);
    expect(Math.max(...[...tags.values()].map(({ length }) => length))).toBe(227);
    expect(ringIn(new Map([["team", "payments"], ...tags]))).toEqual(ring);
  });

  it("passes over tags of another form, and over a key that stands twice", () => {
    const [a, b] = [print(), print()];
    const texts = [`${a} v1`, a, "", `${a.toUpperCase()} v2`, `${a} v3`, `${b} v4`];
    expect(ringIn(new Map(texts.map((text, slot) => [`keyturn:fp:${slot}`, text])))).toEqual([
      { fingerprint: a, versionIds: ["v1"] },
    ]);
    expect(ringIn(new Map([["keyturn:fp:2", `${b}  v1`]]))).toEqual([]);
    expect(ringIn(new Map())).toEqual([]);
  });
});
