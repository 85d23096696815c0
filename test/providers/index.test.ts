import { readdirSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { builtin } from "../../providers/index.js";

const folder = fileURLToPath(new URL("../../providers", import.meta.url));
const modules = readdirSync(folder, { recursive: true, encoding: "utf8" })
  .filter((name) => /^(?!kit\b)\w+[\\/].*\.ts$/.test(name))
  .map((name) => pathToFileURL(`${folder}/${name}`).href);

test("every provider that a vendor's folder exports is built in, and is loaded from where it says", async () => {
  const found: string[] = [];
  for (const module of modules) {
    const { default: exported }: { default?: unknown } = await import(module);
    if (typeof exported !== "object" || exported === null || !("contract" in exported)) continue;
    found.push(module);
    expect(builtin, `${module} in providers/index.ts`).toContain(exported);
  }
  expect(builtin.map(({ module }) => module).sort()).toEqual(found.sort());
});

test("ids are unique and name the vendor's folder and the file", () => {
  const { length } = builtin;
  expect(new Set(builtin.map(({ id }) => id)).size).toBe(length);
  for (const { id, module } of builtin) expect(module).toBe(pathToFileURL(`${folder}/${id}.ts`).href);
});
