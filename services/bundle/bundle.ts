import { mkdir, stat } from "node:fs/promises";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import type { Provider } from "../../providers/kit/plug.js";
import { noNative } from "./no-native.js";

/** One rotation function, ready to be deployed. */
export interface Bundle {
  /** Absolute path of `index.mjs`: an ES module that imports nothing but `node:` modules. */
  readonly file: string;
  readonly bytes: number;
  /** Names of the npm packages whose code is inside, sorted. */
  readonly packages: readonly string[];
}

// This file runs from source and from dist/; what it bundles is what lies beside it.
const extension = extname(fileURLToPath(import.meta.url));
const beside = (path: string) => fileURLToPath(new URL(`${path}${extension}`, import.meta.url));
const rotationFunction = beside("../rotation/function");
const intakeFunction = beside("../leak/intake/function");
const unreachable = [
  ...["ini", "process", "sso", "web-identity"].map((source): [string, string] => [
    `@aws-sdk/credential-provider-${source}`,
    beside("./no-credentials"),
  ]),
  ...["child_process", "node:child_process"].map((name): [string, string] => [name, beside("./no-programs")]),
];

// Some leaves of the vendors' SDKs are CommonJS and call require() for built-in modules.
const banner =
  'import{createRequire as __createRequire}from"node:module";const require=__createRequire(import.meta.url);';

/**
 * Bundles the rotation function of one provider, and of no other, to `<outDir>/index.mjs`, which exports
 * `handler` and `createHandler` (see FunctionModule). Everything is inside, the AWS SDK too, so that its
 * version is the one that was tested. Runs on Node 20 and later.
 * @throws esbuild's BuildFailure when `provider.module` cannot be read or has no default export.
 */
export function bundleFunction(provider: Pick<Provider, "id" | "module">, outDir: string): Promise<Bundle> {
  const contents = [
    `import provider from ${JSON.stringify(fileURLToPath(provider.module))};`,
    `import { rotationFunction } from ${JSON.stringify(rotationFunction)};`,
    "export const { handler, createHandler } = rotationFunction(provider);",
  ].join("\n");
  return bundled(contents, `${provider.id}.mjs`, outDir);
}

/**
 * Bundles the function that takes reports of leaks, in the same way. It exports `handler`, and `createIntake`. No provider is inside:
 * what it does needs none of their secrets.
 */
export function bundleIntake(outDir: string): Promise<Bundle> {
  const contents = `export { handler, createIntake } from ${JSON.stringify(intakeFunction)};`;
  return bundled(contents, "leak-intake.mjs", outDir);
}

async function bundled(contents: string, sourcefile: string, outDir: string): Promise<Bundle> {
  const file = join(outDir, "index.mjs");
  await mkdir(outDir, { recursive: true });
  const { metafile } = await build({
    stdin: {
      contents,
      resolveDir: fileURLToPath(new URL(".", import.meta.url)),
      sourcefile,
    },
    outfile: file,
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20",
    mainFields: ["module", "main"],
    minify: true,
    legalComments: "none",
    alias: Object.fromEntries(unreachable),
    plugins: [noNative],
    // An ES module has none. ssh2 asks while it loads, for files that it never comes to read.
    define: { __dirname: '"/"' },
    banner: { js: banner },
    metafile: true,
    logLevel: "silent",
    logOverride: { "import-is-undefined": "error" },
  });
  const { size } = await stat(file);
  return { file, bytes: size, packages: packagesOf(Object.keys(metafile.inputs)) };
}

function packagesOf(inputs: readonly string[]): string[] {
  const names = inputs.flatMap((input) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1] ?? []);
  return [...new Set(names)].sort();
}
