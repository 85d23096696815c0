import { readFile } from "node:fs/promises";
import * as z from "zod/mini";

const manifest = z.object({ name: z.literal("keyturn"), version: z.string() });

/** The version of the package that this file belongs to, run from source or from dist/. */
export async function packageVersion(): Promise<string> {
  for (const path of ["../../package.json", "../../../package.json"]) {
    const text = await readFile(new URL(path, import.meta.url), "utf8").catch(() => "null");
    const found = manifest.safeParse(JSON.parse(text));
    if (found.success) return found.data.version;
  }
  return "unknown";
}
