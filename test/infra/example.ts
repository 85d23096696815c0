import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App } from "aws-cdk-lib";
import { Template } from "aws-cdk-lib/assertions";
import type { FunctionAsset } from "../../infra/function-asset.js";
import { KeyturnStack } from "../../infra/keyturn-stack.js";
import { builtin } from "../../providers/index.js";
import { declarationsOf, defineConfig } from "../../services/config/declare.js";
import { declaredSecret } from "../../services/config/declared.js";
import { readableTemplate } from "./readable-template.js";

export const github = {
  provider: "github/installation-token",
  config: { installationId: 1, permissions: { contents: "read" } },
  admin: "admin/github-app",
  every: "45m",
};
export const stripe = {
  provider: "stripe/restricted-key",
  config: { account: "acct_1", permissions: ["charge_read"] },
  admin: "admin/stripe-app",
  every: "1d",
};
export const githubSecrets = {
  "app/one": github,
  "app/two": { ...github, fields: { token: "GITHUB_TOKEN" } },
  "other/three": { ...github, admin: "admin/other-app" },
};
export const stripeSecrets = { "app/stripe": stripe };
export const declared = {
  installation: "abcdefgh2345",
  environment: "live",
  secrets: { ...githubSecrets, ...stripeSecrets },
};

export const account = "210987654321";
export const region = "eu-west-1";
/** Of anything there, as a readable template has it. */
export const arnOf = (service: string, rest: string) =>
  `arn:<AWS::Partition>:${service}:${region}:${account}:${rest}`;

/** The stack of these assets in `account` and `region`. */
export function exampleStack(
  assets: readonly FunctionAsset[],
  leakIntake: string,
  outdir: string,
  alarmTopic?: string,
) {
  // `cdk synth` checks the template, and its test that it found nothing; here it would take a second a file.
  const app = new App({ outdir, builtinCloudFormationValidation: false });
  const stack = new KeyturnStack(app, "Keyturn", {
    ...{ env: { account, region }, environment: declared.environment, assets, leakIntake, alarmTopic },
  });
  const template = readableTemplate(Template.fromStack(stack).toJSON());
  const ofType = (type: string) =>
    Object.entries(template.Resources).filter(([, { Type }]) => Type === `AWS::${type}`);
  return { app, template, ofType };
}
export type Example = ReturnType<typeof exampleStack>;

const { every: _, ...nightly } = stripe;
const scheduled = defineConfig({
  ...declared,
  secrets: {
    "app/token": github,
    "app/hourly": { ...stripe, every: "1h", jitter: "5m" },
    "app/nightly": { ...nightly, cron: "0 3 ? * MON-FRI *", timezone: "Europe/Berlin", jitter: "22h30m" },
  },
});

/** The stack of three secrets with all kinds of schedules; its functions have no code, which is quicker. */
export async function scheduledExample(alarmTopic?: string): Promise<Example> {
  const folder = await mkdtemp(join(tmpdir(), "keyturn-test-"));
  try {
    const code = join(folder, "code");
    await mkdir(code);
    await writeFile(join(code, "index.mjs"), "");
    const assets = builtin.map((provider) => {
      const declarations = declarationsOf(provider.id, scheduled);
      const names = Object.keys(declarations.secrets);
      const secrets = names.map((name) => declaredSecret(declarations, name, provider));
      return { provider, folder: code, declarations, secrets };
    });
    const inUse = assets.filter(({ secrets }) => secrets.length > 0);
    return exampleStack(inUse, code, join(folder, "cdk.out"), alarmTopic);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** The functions that it has: logical ids begin with `prefix`; `names` of the secrets that it may read. */
export const functions = [
  {
    provider: "github/installation-token",
    prefix: "githubinstallationtoken",
    secrets: "ref app/token",
    names: ["app/token", "admin/github-app"],
  },
  {
    provider: "stripe/restricted-key",
    prefix: "striperestrictedkey",
    secrets: ["ref app/hourly", "ref app/nightly"],
    names: ["app/hourly", "app/nightly", "admin/stripe-app"],
  },
];

/** The properties of every resource of a type, by its logical id. */
export const propertiesOf = ({ ofType }: Example, type: string) =>
  Object.fromEntries(ofType(type).map(([id, { Properties }]) => [id, Properties]));

/** The documents of the policies that a role has, in the order in which the template has them. */
export function policiesOf({ ofType }: Example, role: string): unknown[] {
  return ofType("IAM::Policy")
    .filter(([, { Properties }]) => JSON.stringify(Properties["Roles"]) === `["ref ${role}"]`)
    .map(([, { Properties }]) => Properties["PolicyDocument"]);
}

/** A statement of a policy. */
export const allowed = (Sid: string, Action: unknown, Resource: unknown, Condition?: object) => ({
  ...{ Sid, Effect: "Allow", Action, Resource },
  ...(Condition && { Condition }),
});
