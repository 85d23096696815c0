import { readFile } from "node:fs/promises";
import { extname, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import * as z from "zod/mini";
import { type Declarations, declarationInvalid, parseDeclarations } from "../config/declare.js";

/**
 * The declarations in a file: JSON, or the default export of a module, TypeScript included.
 * @throws KeyturnError `declaration_invalid`
 */
export async function loadConfig(file: string): Promise<Declarations> {
  const path = resolve(file);
  let found: unknown;
  try {
    found = extname(path) === ".json" ? JSON.parse(await readFile(path, "utf8")) : await exported(path);
  } catch (error) {
    // defineConfig has checked it while it was loaded, and is another copy of ours when tsx loads it.
    const refused = z.object({ explanation: z.object({ found: z.string() }) }).safeParse(error);
    if (refused.success) throw declarationInvalid(refused.data.explanation.found, `Correct ${file}.`);
    throw declarationInvalid(
      `no declarations that can be loaded from ${path} (${kindOf(error)})`,
      "Name the file with --config: keyturn.config.ts, .js or .mjs with defineConfig as its default export, or .json.",
    );
  }
  return parseDeclarations(found);
}

/** Not every Node that is supported strips types, and none finds `./a.ts` where `./a.js` is written: tsx does both. */
async function exported(path: string): Promise<unknown> {
  const url = pathToFileURL(path).href;
  const isTypeScript = /\.[cm]?ts$/.test(path);
  const load = isTypeScript ? (await import("tsx/esm/api")).tsImport : (file: string) => import(file);
  const module: { default?: unknown } = await load(url, import.meta.url);
  return module.default;
}

/** Names of Node's own codes and the language's classes: a message may quote the file. */
function kindOf(error: unknown): string {
  if (error instanceof Error && "code" in error) return String(error.code);
  return error instanceof Error ? error.name : typeof error;
}
