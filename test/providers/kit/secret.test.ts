import { randomBytes } from "node:crypto";
import { format, inspect } from "node:util";
import { serialize } from "node:v8";
import { expect, it } from "vitest";
import { Secret } from "../../../providers/kit/secret.js";

const value = randomBytes(24).toString("base64url");
const secret = new Secret(value);

it("gives its value to reveal() alone", () => {
  expect(secret.reveal()).toBe(value);
  const error = new Error(`with ${secret}`);
  const texts: Readonly<Record<string, string>> = {
    "String()": String(secret),
    template: `${secret}`,
    concatenation: `${["", secret].join("")}`,
    "JSON.stringify": JSON.stringify({ secret, list: [secret] }),
    inspect: inspect({ secret }, { depth: 9, showHidden: true, getters: true }),
    "inspect without custom": inspect({ secret }, { customInspect: false, showHidden: true, getters: true }),
    "format %s %o %O %j": format("%s %o %O %j", secret, secret, secret, secret),
    "own properties": JSON.stringify(Object.getOwnPropertyDescriptors(secret)),
    spread: JSON.stringify({ ...secret }),
    keys: JSON.stringify([Reflect.ownKeys(secret), Object.entries(secret)]),
    "structured clone": JSON.stringify(structuredClone({ secret })),
    "v8 serialize": serialize({ secret }).toString("latin1"),
    error: `${error.message} ${error.stack}`,
    "Map and Set": inspect([new Map([[secret, secret]]), new Set([secret])]),
  };
  for (const [how, text] of Object.entries(texts)) {
    expect(text, how).not.toContain(value);
  }
  expect(texts["String()"]).toBe("[redacted]");
  expect(texts["inspect"]).toBe("{ secret: [redacted] }");
  expect(texts["JSON.stringify"]).toBe('{"secret":"[redacted]","list":["[redacted]"]}');
});

it("equals what has the same value, of any length, and nothing else", () => {
  expect(secret.equals(secret)).toBe(true);
  expect(secret.equals(new Secret(`${value}`))).toBe(true);
  for (const other of ["", value.slice(1), `${value} `, value.toUpperCase(), "[redacted]"]) {
    expect(secret.equals(new Secret(other)), other).toBe(false);
  }
  expect(new Secret("").equals(new Secret(""))).toBe(true);
});
