import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { createSwitches, switchDefaults, switchSchemas } from "../../../services/sandbox/aws/switches.js";
import { quotas } from "../../../services/sandbox/aws/throttle.js";

const page = await readFile(new URL("../../../docs/sandbox-secrets-manager.md", import.meta.url), "utf8");

/** The rows of the first table below a heading, cell by cell, without its head. */
function tableBelow(heading: string): string[][] {
  const [, below = ""] = page.split(`\n${heading}\n`);
  const lines = below.split("\n");
  const from = lines.findIndex((line) => line.startsWith("|---"));
  const rows = lines.slice(from + 1);
  const to = rows.findIndex((line) => !line.startsWith("|"));
  return rows.slice(0, to < 0 ? rows.length : to).map((line) =>
    line
      .slice(1, -1)
      .split("|")
      .map((cell) => cell.trim()),
  );
}

const plain = (cell: string) => cell.replaceAll("`", "");
const table = tableBelow("## Switches");

test("the page's switches are those there are, in their order, with their defaults", () => {
  const shown = table.map(([name = "", , usual = ""]) => [plain(name), plain(usual)]);
  expect(shown).toEqual(Object.entries(switchDefaults).map(([name, usual]) => [name, String(usual)]));
  expect(table.filter((row) => row.length !== 4 || row.some((cell) => cell === ""))).toEqual([]);
});

test.each(table.map(([name = "", values = ""]) => [plain(name), values] as const))(
  "%s takes %s, and nothing else",
  (name, values) => {
    const switches = createSwitches();
    const refused = (value: unknown) =>
      expect(() => switches.set(name, value), String(value)).toThrow(RangeError);
    const [, least, most] = /^([\d.]+) to (\d+)$/.exec(values) ?? [];
    if (least !== undefined) {
      for (const end of [least, most]) switches.set(name, Number(end));
      for (const outside of [Number(least) - 1, Number(most) + 1, least, Number.NaN, null]) refused(outside);
      return;
    }
    const shown = values.split(", ").map(plain);
    const schema = new Map(Object.entries(switchSchemas)).get(name);
    const isFlag = shown.includes("true");
    for (const value of shown) switches.set(name, isFlag ? value === "true" : value);
    for (const other of [`${shown[0]}x`, 1, null]) refused(other);
    const options = schema && "options" in schema ? [...schema.options] : ["false", "true"];
    expect([...shown].sort()).toEqual([...options].sort());
  },
);

test("an unknown switch is refused, and the known ones are named", () => {
  const names = Object.keys(switchDefaults).join(".*");
  expect(() => createSwitches().set("colour", "red")).toThrow(new RegExp(names));
});

test("the page's quotas are those there are", () => {
  const shown = tableBelow("### Quotas").flatMap(([operations = "", perSecond]) => {
    const [together = "", each] = operations.split(/, (each)$/);
    const names = together.split(", ");
    return each ? names.map((name) => [name, perSecond]) : [[together, perSecond]];
  });
  expect(shown).toEqual(quotas.map((group) => [group.operations.join(", "), String(group.perSecond)]));
});
