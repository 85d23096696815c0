import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { App } from "aws-cdk-lib";
import recommendedFlags from "aws-cdk-lib/recommended-feature-flags.json" with { type: "json" };
import { builtin } from "../providers/index.js";
import { CodedError } from "../providers/kit/failure.js";
import { environmentOf, parseDeclarations } from "../services/config/declare.js";
import { functionAssets } from "./function-asset.js";
import { KeyturnStack } from "./keyturn-stack.js";
import { leakIntakeAsset } from "./leak-intake.js";

/** AWS's own example, to which nothing can be deployed: so a template can be looked at without credentials. */
const nowhere = { account: "123456789012", region: "us-east-1" };

const app = new App({ context: recommendedFlags });
const given = (name: string): string | undefined => {
  const value: unknown = app.node.tryGetContext(name);
  return typeof value === "string" ? value : undefined;
};

const folder = await mkdtemp(join(tmpdir(), "keyturn-functions-"));
try {
  const path = resolve(given("config") ?? "examples/keyturn.config.ts");
  const { default: exported }: { default?: unknown } = await import(pathToFileURL(path).href);
  const declarations = parseDeclarations(exported);
  const environment = environmentOf(declarations);
  new KeyturnStack(app, environment === "default" ? "Keyturn" : `Keyturn-${environment}`, {
    env: {
      account: given("account") ?? process.env["CDK_DEFAULT_ACCOUNT"] ?? nowhere.account,
      region: given("region") ?? process.env["CDK_DEFAULT_REGION"] ?? nowhere.region,
    },
    environment,
    assets: await functionAssets(declarations, builtin, folder),
    leakIntake: await leakIntakeAsset(declarations, folder),
    alarmTopic: given("alarmTopic"),
  });
  app.synth(); // copies the folders, which may go then
} catch (error) {
  if (!(error instanceof CodedError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
} finally {
  await rm(folder, { recursive: true });
}
