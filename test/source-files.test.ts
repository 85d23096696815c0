import { expect, test } from "vitest";
import { importsOf, withoutComments } from "./source-files.js";

const all = ({ to, external, typeOnly }: ReturnType<typeof importsOf>[number]) =>
  [to, ...(external ? ["external"] : []), ...(typeOnly ? ["type"] : [])].join(" ");

test.each([
  ['import a from "node:os";', ["node:os external"]],
  ['import type { A } from "./b.js";', ["p/b.ts type"]],
  ['import { type A, type B } from "../b.js";', ["b.ts type"]],
  ['import {\n  type A,\n  b,\n} from "zod";', ["zod external"]],
  ['export * from "./c.js";\nexport { d } from "node:fs";', ["p/c.ts", "node:fs external"]],
  ['import "./side.js";\nawait import("node:os");', ["p/side.ts", "node:os external"]],
  ["export const from = 1;", []],
])("the reader of imports understands %s", (code, expected) => {
  expect(importsOf("p/a.ts", code).map(all)).toEqual(expected);
});

test("comments are left out, addresses are not", () => {
  expect(withoutComments("/** fetch(a) */\nconst a = 'https://b'; // fetch(c)")).toBe(
    "\nconst a = 'https://b'; ",
  );
});
