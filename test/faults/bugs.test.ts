import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { bugs } from "./bugs.js";

// `npm run test:bugs` builds each of them, and shows that the matrix sees it.
test.each(bugs)("$name: what it changes stands in $file, once", ({ file, right }) => {
  const text = readFileSync(new URL(`../../${file}`, import.meta.url), "utf8");
  expect(text.split(right)).toHaveLength(2);
});
