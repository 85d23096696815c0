import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { App } from "aws-cdk-lib";
import recommendedFlags from "aws-cdk-lib/recommended-feature-flags.json" with { type: "json" };
import { builtin } from "../providers/index.js";
import { CodedError } from "../providers/kit/failure.js";
import { parseDeclarations } from "../services/config/declare.js";
import { functionAssets } from "./function-asset.js";
import { KeyturnStack } from "./keyturn-stack.js";

const app = new App({ context: recommendedFlags });
const named: unknown = app.node.tryGetContext("config");
const path = resolve(typeof named === "string" ? named : "examples/keyturn.config.ts");

const folder = await mkdtemp(join(tmpdir(), "keyturn-functions-"));
try {
  const { default: declarations }: { default?: unknown } = await import(pathToFileURL(path).href);
  const assets = await functionAssets(parseDeclarations(declarations), builtin, folder);
  new KeyturnStack(app, "Keyturn", { assets });
  app.synth(); // copies the folders, which may go then
} catch (error) {
  if (!(error instanceof CodedError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
} finally {
  await rm(folder, { recursive: true });
}
