import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { failureCodes } from "../providers/kit/failure.js";
import { errorCodes } from "../services/errors.js";

it("docs/errors.md has every code there is, no other, and says rightly whether it is retried", () => {
  const page = readFileSync(new URL("../docs/errors.md", import.meta.url), "utf8");
  const rows = [...page.matchAll(/^\| `(\w+)` \| (yes|no) \| \S/gm)];
  const told = Object.fromEntries(rows.map(([, code, retried]) => [code, { retryable: retried === "yes" }]));
  expect(rows).toHaveLength(Object.keys(told).length);
  expect(told).toEqual({ ...errorCodes, ...failureCodes });
});
