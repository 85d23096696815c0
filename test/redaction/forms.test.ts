import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { hold, holdWords } from "./known.js";
import { letOut, shown } from "./outgoing.js";

const random = (bytes: number) => randomBytes(bytes).toString("hex");
/** With characters that encodings change among their first 12. */
const newKey = () => `${random(3)}~~?/+=${random(20)}`;
const newWords = () => `"${random(3)}~~?/+=\n${random(20)} ü`;

const base64 = (text: string) => Buffer.from(text).toString("base64");
const forms: Readonly<Record<string, (text: string) => string>> = {
  itself: (text) => text,
  "within other text": (text) => `x${text}x`,
  base64,
  "the base64 of text that it stands in": (text) => base64(`x${text}x`),
  "the same, a character later": (text) => base64(`xx${text}xx`),
  "base64 for URLs": (text) => Buffer.from(text).toString("base64url"),
  hexadecimal: (text) => Buffer.from(text).toString("hex"),
  "part of a URL": (text) => `/path?key=${encodeURIComponent(text)}`,
  JSON: (text) => JSON.stringify({ deep: [text] }),
};

/** What is found of the planted text in texts that were let out, by their names. */
function foundIn(texts: Readonly<Record<string, string>>): readonly string[] {
  for (const [name, text] of Object.entries(texts)) letOut(name, text);
  return shown().map((line) => line.split(" (")[0] ?? "");
}

describe.each(Object.entries(forms))("%s", (_, formOf) => {
  it("shows a key, and its first 12 characters do", () => {
    const key = newKey();
    hold("the key", JSON.stringify({ deep: [JSON.stringify({ key })] }));
    const texts = { whole: key, beginning: key.slice(0, 12), less: key.slice(0, 11), rest: key.slice(2) };
    const found = foundIn({
      ...Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, formOf(text)])),
      another: formOf(newKey()),
    });
    expect(found).toEqual(["whole shows the key", "beginning shows the key"]);
  });

  it("shows someone's words, and their beginning does not", () => {
    const words = newWords();
    holdWords("the words", words);
    const texts = { whole: formOf(words), beginning: formOf(words.slice(0, 30)), other: formOf(newWords()) };
    expect(foundIn(texts)).toEqual(["whole shows the words"]);
  });
});

it.each([
  [
    "a line of a PEM, with line breaks of any kind",
    (line: string) => `-----BEGIN X-----\n${line}\r\n-----END X-----`,
  ],
  ["the same as JSON has it, cut off", (line: string) => `{"pem":"-----BEGIN X-----\\n${line}\\n`],
  ["text that is not JSON, in quotes", (line: string) => `'{"key":'${line}'}'`],
  ["a string of JSON in a list", (line: string) => JSON.stringify([JSON.stringify(line)])],
])("%s is a secret", (_, textOf) => {
  const line = `${random(30)}+/=`;
  hold("the line", textOf(line));
  expect(foundIn({ line: line.slice(0, 12), text: textOf(newKey()) })).toEqual(["line shows the line"]);
});

it("what is public is none: a value's record, whole or cut off; what is shorter than 16 characters", () => {
  const [handle, short] = [random(20), random(7)];
  const value = JSON.stringify({ short, keyturn: { handle } });
  hold("the value", value);
  hold("the value", value.slice(0, -2));
  expect(foundIn({ handle, short, value })).toEqual([]);
});
