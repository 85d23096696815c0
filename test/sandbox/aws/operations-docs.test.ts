import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { operations } from "../../../services/sandbox/aws/operations/index.js";

const page = await readFile(new URL("../../../docs/sandbox-secrets-manager.md", import.meta.url), "utf8");
const section = /\n## Operations\n(.*?)(?=\n## |$)/s.exec(page)?.[1] ?? "";
const rows = [...section.matchAll(/^\| ([^|]*?) ?\| ([^|]*) \| ([^|]*?) ?\|$/gm)].slice(1);

test("the page tells of every operation, in order", () => {
  const named = rows.flatMap(([, cell = ""]) => cell.match(/\w+/g) ?? []);
  // The two of tags share their rows.
  expect(named).toEqual(
    [...operations.keys()]
      .filter((name) => name !== "UntagResource")
      .flatMap((name) => (name === "TagResource" ? ["TagResource", "UntagResource"] : name)),
  );
});

test("every row says how it is known, by the marks that the page explains", () => {
  const known = [...page.matchAll(/^\| ([A-Z]) \| /gm)].map(([, mark]) => mark);
  expect(known).toEqual(["M", "D", "R", "C"]);
  for (const [row, operation = "", , marks = ""] of rows) {
    if (/RotateSecret$/.test(operation)) continue;
    expect(
      marks.split(", ").every((mark) => known.includes(mark)),
      row,
    ).toBe(true);
  }
});
