import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

it("is what a provider's author imports as keyturn/testing, and needs no test runner", () => {
  const code = 'import * as kit from "keyturn/testing"; console.log(Object.keys(kit).join())';
  const cwd = fileURLToPath(new URL("../..", import.meta.url));
  const said = execFileSync(process.execPath, ["--input-type=module", "-e", code], { cwd, encoding: "utf8" });
  expect(said).toBe("BrokenPromise,conformance,report\n");
});
