import { mkdir, readFile, rm } from "node:fs/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";
import type { Product } from "./world.js";

/** One edit of the shipped code: a mistake that somebody could make. */
export interface Bug {
  /** The mistake, in words. */
  readonly name: string;
  /** Below services/ or providers/. */
  readonly file: string;
  /** Stands there exactly once. */
  readonly right: string;
  readonly wrong: string;
}

const root = fileURLToPath(new URL("../..", import.meta.url));
/** Where the project's packages are found from. */
const folder = `${root}/node_modules/.keyturn-faults`;
let builds = 0;

/** The product with this mistake. It has classes of its own, so nothing of it mixes with the shipped code's. */
export async function withBug(bug: Bug): Promise<Product> {
  const path = `${root}/${bug.file}`.replace("//", "/");
  const source = await readFile(path, "utf8");
  if (source.split(bug.right).length !== 2)
    throw new Error(`${bug.name}: expected "${bug.right}" exactly once in ${bug.file}; the code has changed`);
  const contents = source.replace(bug.right, () => bug.wrong);
  await mkdir(folder, { recursive: true });
  const outfile = `${folder}/${process.pid}-${++builds}.mjs`;
  await build({
    stdin: {
      contents: `export { createHandler } from "./services/rotation/handler.js"; export { builtin } from "./providers/index.js";`,
      resolveDir: root,
      loader: "ts",
    },
    ...{
      bundle: true,
      platform: "node",
      format: "esm",
      target: "node20",
      packages: "external",
      outfile,
      logLevel: "silent",
    },
    plugins: [
      {
        name: "bug",
        setup: ({ onLoad }) => {
          onLoad({ filter: /\.ts$/ }, (args) =>
            args.path === path ? { contents, loader: "ts" } : undefined,
          );
        },
      },
    ],
  });
  try {
    return await import(pathToFileURL(outfile).href);
  } finally {
    await rm(outfile);
  }
}
