import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { operations } from "../../../services/sandbox/aws/scheduler/operations.js";
import { routes } from "../../../services/sandbox/aws/scheduler/request.js";
import { createSwitches, switchDefaults } from "../../../services/sandbox/aws/scheduler/switches.js";

const page = await readFile(new URL("../../../docs/sandbox-scheduler.md", import.meta.url), "utf8");

/** The rows of the table in a section, cell by cell, without its head. */
function tableIn(heading: string): string[][] {
  const [, below = ""] = page.split(`\n## ${heading}\n`);
  const [section = ""] = below.split("\n## ");
  const rows = [...section.matchAll(/^\| ?(.*?) ?\|$/gm)].map(([, row = ""]) => row.split(/ ?\| ?/));
  return rows.slice(rows.findIndex(([first = ""]) => first.startsWith("---")) + 1);
}

const plain = (cell = "") => cell.replaceAll("`", "");

test("the page tells of every operation, in order, and each has one route", () => {
  const named = tableIn("Operations").flatMap(([name]) => (name ? [name] : []));
  expect(named).toEqual([...operations.keys()]);
  expect(routes.map(({ operation }) => operation)).toEqual(named);
});

test.each(["Operations", "Expressions", "Deliveries"])("%s: every row says how it is known", (heading) => {
  const marks = tableIn(heading).map((row) => row.at(-1) ?? "");
  expect(marks.length).toBeGreaterThan(10);
  expect(marks.filter((mark) => !/^[MDRC](, [MDRC])*$/.test(mark))).toEqual([]);
});

test("the page's switches are those there are, with their defaults", () => {
  expect(tableIn("Switches").map(([name, , usual]) => [plain(name), plain(usual)])).toEqual(
    Object.entries(switchDefaults).map(([name, usual]) => [name, String(usual)]),
  );
});

test.each(tableIn("Switches").map(([name, values]) => [plain(name), plain(values)] as const))(
  "%s takes %s, and nothing else",
  (name, values) => {
    const { set } = createSwitches();
    const [, least, most] = /^(\d+) to (\d+)$/.exec(values) ?? [];
    const shown: readonly unknown[] =
      least === undefined
        ? values.split(", ").map((value) => (/^(true|false)$/.test(value) ? value === "true" : value))
        : [Number(least), Number(most)];
    const others = least === undefined ? ["other", 1] : [Number(least) - 1, Number(most) + 1, 0.5, least];
    for (const value of shown) set(name, value);
    for (const value of [...others, null])
      expect(() => set(name, value), String(value)).toThrow(/Known, with defaults: duplicates \(0\)/);
  },
);
