import { expect, test } from "vitest";
import { readPage } from "../docs/page.js";
import { pageOf, preface } from "./page.js";
import { type Row, simulate } from "./simulate.js";
import { asMarkdown, asText, sectionsOf } from "./table.js";
import { deaths, intervalSeconds } from "./tolls.js";
import { type Call, type Path, pathTo } from "./track.js";
import { kinds } from "./world.js";

const page = await readPage("leak-figures.md");
const [stripe, github] = kinds;
/** A second each; many times that where the machine has other work. */
const slow = { timeout: 60_000 };

/** As docs/leak-figures.md shows them; `npm run --silent simulate:leak -- --markdown` writes it anew. */
function mustBeOnPage(rows: readonly Row[]): void {
  const [section] = sectionsOf(rows);
  if (!section) throw new Error("no figures");
  const [title = "", ...lines] = asMarkdown(section).split("\n");
  const shown = page.split(/^(?=### )/m).find((part) => part.startsWith(`${title}\n`));
  for (const line of lines) expect(shown).toContain(line);
  expect(
    Math.max(
      ...asText(section)
        .split("\n")
        .map(({ length }) => length),
    ),
  ).toBeLessThanOrEqual(100);
}

/** What calls take, where nobody waits for anything else. */
const secondsOf = ({ aws, lambda, vendor }: Path) => (aws * 25 + lambda * 40 + vendor * 150) / 1000;

test("Stripe: keyturn replaces and ends the key with one rotation, and sees it refused", slow, async () => {
  const rows = await simulate(stripe, [9], ["keyturn", "keyturn --kill-first"]);
  mustBeOnPage(rows);
  const [ours, killedFirst] = rows;
  expect(ours).toMatchObject({ replaced: { rotations: 1 }, killed: { rotations: 1 } });
  expect(ours?.killed?.seconds).toBe(ours?.killed && secondsOf(ours.killed));
  expect(killedFirst).toMatchObject({ replaced: { rotations: 1 }, killed: { rotations: 0 } });
  for (const { killed, deadSeconds, proved } of rows) {
    expect(deadSeconds).toBeCloseTo((killed?.seconds ?? 0) + 9, 6);
    expect(proved?.seconds).toBeGreaterThanOrEqual(deadSeconds);
  }
  // Narrowed after a second, it gets 403 until it is dead: nobody reads again on that.
  expect(ours?.consumer).toMatchObject({ failed: 8, gapSeconds: 8 });
});

test("Stripe: a stand-in ends the key with its second rotation, and asks nobody", slow, async () => {
  const rows = await simulate(stripe, [9], ["template, twice", "two slots"]);
  mustBeOnPage(rows);
  for (const { replaced } of rows) expect(replaced.seconds).toBe(secondsOf(replaced));
  for (const row of rows)
    expect(row).toMatchObject({ replaced: { rotations: 1 }, killed: { rotations: 2 }, proved: undefined });
  const [template, twoSlots] = rows;
  expect(template?.killed?.seconds).toBeLessThan(10);
  expect(twoSlots?.killed?.seconds).toBeGreaterThan(intervalSeconds);
  expect(twoSlots?.consumer).toMatchObject({ refused: 0, failed: 0, gapSeconds: 0 });
});

test(
  "GitHub: an application that reads again on 401 fails only where the key is killed first",
  slow,
  async () => {
    const rows = await simulate(github, [0], ["keyturn", "keyturn --kill-first", "two slots"]);
    mustBeOnPage(rows);
    const [ours, killedFirst, twoSlots] = rows;
    expect(ours).toMatchObject({ replaced: { rotations: 1 }, killed: { rotations: 1 } });
    expect(ours?.consumer).toMatchObject({ refused: 1, failed: 0, gapSeconds: 0 });
    expect(killedFirst?.consumer.failed).toBe(killedFirst?.consumer.gapSeconds);
    expect(killedFirst?.consumer.failed).toBeGreaterThan(0);
    expect(killedFirst?.killed?.seconds).toBeLessThan(ours?.replaced.seconds ?? 0);
    // Its hour is over before its slot's turn comes.
    expect(twoSlots?.killed).toBeUndefined();
    expect(twoSlots?.deadSeconds).toBeLessThan(intervalSeconds);
  },
);

test("the page has every kind and every death below its preface", () => {
  expect(page.startsWith(`${preface}\n\n### `)).toBe(true);
  expect(pageOf([])).toBe(`${preface}\n`);
  const titles = [...page.matchAll(/^### (.+)$/gm)].map(([, title]) => title);
  expect(titles).toHaveLength(kinds.length * deaths.length);
  expect(new Set(titles).size).toBe(titles.length);
});

test("a path has the calls of rotations, and the operator's outside of them", () => {
  const call = (who: Call["who"], on: Call["on"], began: number): Call => ({
    ...{ who, on, began },
    ended: began + 10,
  });
  const rotation = { as: "rotation", token: "one" } as const;
  const calls = [
    call({ as: "operator" }, "aws", 0),
    call(rotation, "lambda", 10),
    call({ as: "operator" }, "aws", 15),
    call({ as: "beside" }, "vendor", 20),
    call(rotation, "vendor", 20),
    call({ as: "operator" }, "vendor", 30),
    call({ as: "rotation", token: "two" }, "lambda", 50),
  ];
  expect(pathTo(calls, 9)).toEqual({ aws: 0, lambda: 0, vendor: 0, rotations: 0 });
  expect(pathTo(calls, 30)).toEqual({ aws: 1, lambda: 1, vendor: 1, rotations: 1 });
  expect(pathTo(calls, 59)).toEqual({ aws: 1, lambda: 1, vendor: 2, rotations: 1 });
  expect(pathTo(calls, 60)).toEqual({ aws: 1, lambda: 2, vendor: 2, rotations: 2 });
});
