import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const here = new URL(".", import.meta.url);
const doc = readFileSync(new URL("../../docs/leak-states.md", here), "utf8");

/** The states that the page tells of: the first column of its tables. */
const states = doc.split("\n").flatMap((line) => /^\| (?!State \||---)(.+?) \|/.exec(line)?.[1] ?? []);

/** Names of the tests, with what a table of values puts into them left open. */
const titles = readdirSync(here)
  .filter((name) => /^contain-.+\.test\.ts$/.test(name))
  .flatMap((name) => [
    ...readFileSync(new URL(name, here), "utf8").matchAll(
      /^ {2}(?:it|\]\s*(?:as const)?)\(\s*"([^"]+)"|\)\("([^"]+)", (?:\{|async)/gm,
    ),
  ])
  .map(([, one, other]) => one ?? other ?? "");
const fits = (title: string, state: string) =>
  new RegExp(`^${title.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&").replaceAll(/%[si]/g, ".+")}$`).test(state);

describe("docs/leak-states.md", () => {
  it("has a test of that name for each state, and each test is a state", () => {
    expect(states.length).toBeGreaterThan(40);
    expect(titles.length).toBeGreaterThan(30);
    expect(states.filter((state) => !titles.some((title) => fits(title, state)))).toEqual([]);
    expect(titles.filter((title) => !states.some((state) => fits(title, state)))).toEqual([]);
  });
});
