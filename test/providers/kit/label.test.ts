import { createHash, randomBytes } from "node:crypto";
import { expect, it } from "vitest";
import { formatLabel, hash32, type Label, parseLabel, sameSecret } from "../../../providers/kit/label.js";

const label: Label = {
  installation: hash32(16, "an", "environment"),
  secret: hash32(16, "account", "region", "name"),
  rotation: hash32(12, "rotation"),
  attempt: 0,
};

it("reads back what it wrote, within 64 characters", () => {
  for (const installation of [label.installation, label.installation.slice(0, 8)]) {
    for (const attempt of [0, 1, 9, 10, 99, 100, 999]) {
      const written = { ...label, installation, attempt };
      const text = formatLabel(written);
      expect(parseLabel(text)).toEqual(written);
      expect(text.length).toBeLessThanOrEqual(64);
    }
  }
});

it("reads nothing else: no near miss, no part, no other case", () => {
  const text = formatLabel(label);
  const wrong = [
    "",
    ` ${text}`,
    `${text} `,
    `${text}\n`,
    `x${text}`,
    `${text}x`,
    `${text}000`,
    text.toUpperCase(),
    text.replace("keyturn", "keyturns"),
    text.replace(".0", ""),
    text.replace(".0", "."),
    text.replace(".0", ".-1"),
    text.replace(".0", ".0x1"),
    text.replaceAll(":", "."),
    text.replace(label.secret, label.secret.slice(1)),
    text.replace(label.secret, `${label.secret}a`),
    text.replace(label.rotation, label.rotation.slice(1)),
    text.replace(label.rotation, `${label.rotation}a`),
    text.replace(label.installation, "a".repeat(7)),
    text.replace(label.installation, "a".repeat(17)),
    text.replace(label.installation, "abcdefg1"),
    text.replace(label.installation, "abcdefg8"),
  ];
  for (let cut = 1; cut < text.length; cut++) wrong.push(text.slice(cut), text.slice(0, -cut));
  for (const other of wrong) expect(parseLabel(other), JSON.stringify(other)).toBeUndefined();
});

it("compares installation and secret as wholes, rotation and attempt not at all", () => {
  const later: Label = { ...label, rotation: hash32(12, "other"), attempt: 7 };
  expect(sameSecret(label, later)).toBe(true);
  expect(sameSecret(label, { ...label, secret: hash32(16, "other") })).toBe(false);
  expect(sameSecret(label, { ...label, installation: hash32(16, "other") })).toBe(false);
  expect(sameSecret(label, { ...label, installation: label.installation.slice(0, 8) })).toBe(false);
});

it("hashes to base32 of SHA-256 over the parts with their lengths in bytes", () => {
  for (let round = 0; round < 200; round++) {
    const parts = Array.from({ length: round % 4 }, () => `${randomBytes(round % 7).toString("hex")}ü`);
    const joined = parts.map((part) => `${Buffer.byteLength(part)}:${part}`).join("");
    const bits = [...createHash("sha256").update(joined).digest()]
      .map((byte) => byte.toString(2).padStart(8, "0"))
      .join("");
    const text = (bits.match(/.{5}/g) ?? [])
      .map((five) => "abcdefghijklmnopqrstuvwxyz234567".charAt(Number.parseInt(five, 2)))
      .join("");
    for (const length of [1, 12, 16, 51]) expect(hash32(length, ...parts)).toBe(text.slice(0, length));
  }
  expect(hash32(16, "ab", "c")).not.toBe(hash32(16, "a", "bc"));
  expect(hash32(16, "a")).not.toBe(hash32(16, "a", ""));
});
