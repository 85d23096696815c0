import * as z from "zod/mini";
import {
  functionNotInvocable,
  invalidParameter,
  invalidRequest,
  noRotationFunction,
  rotationIncomplete,
  tokenInUse,
  tokenMissing,
} from "../errors.js";
import { current, pending } from "../labels.js";
import { type Context, operation } from "../operation.js";
import type { RotationConfig, SecretRecord } from "../secret-record.js";
import { checkName, secretId, text, versionId } from "../validate.js";

const rules = z.strictObject({
  AutomaticallyAfterDays: z.optional(z.int().check(z.gte(1), z.lte(1000))),
  Duration: z.optional(z.string().check(z.minLength(2), z.maxLength(3), z.regex(/^[0-9]+h$/))),
  ScheduleExpression: z.optional(
    z.string().check(z.minLength(1), z.maxLength(256), z.regex(/^[0-9A-Za-z()#?*\-/, ]+$/)),
  ),
});

/**
 * Answers at once; the steps run afterwards. The version and its AWSPENDING are there when it answers.
 * @see https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_RotateSecret.html
 */
export const rotateSecret = operation(
  z.strictObject({
    SecretId: secretId,
    ClientRequestToken: z.optional(versionId),
    RotationLambdaARN: z.optional(text(0, 2048)),
    RotationRules: z.optional(rules),
    RotateImmediately: z.optional(z.boolean()),
  }),
  (input, context) => {
    checkName(input.SecretId);
    const token = input.ClientRequestToken;
    if (token === undefined) throw invalidParameter(tokenMissing);
    if (input.RotationRules?.AutomaticallyAfterDays && input.RotationRules.ScheduleExpression) {
      throw invalidParameter("You cannot specify both rotation frequency and schedule expression together.");
    }
    const secret = context.store.getUsable(context.region, input.SecretId);
    const functionArn = input.RotationLambdaARN || secret.rotation?.functionArn;
    if (!functionArn) throw noRotationFunction();
    if (!context.rotations.canInvoke(functionArn)) throw functionNotInvocable();

    const config: RotationConfig = {
      enabled: true,
      functionArn,
      ...keptRules(input.RotationRules ?? secret.rotation?.rules),
    };
    begin(secret, token, config, input.RotateImmediately ?? true, context);
    return { ARN: secret.arn, Name: secret.name, VersionId: token };
  },
);

/** Who sets an expression reads days beside it in DescribeSecret; sending both back is refused. */
function keptRules(given: RotationConfig["rules"]): Pick<RotationConfig, "rules"> {
  if (!given) return {};
  const days = given.AutomaticallyAfterDays ?? daysOf(given.ScheduleExpression);
  return { rules: { ...given, ...(days !== undefined && { AutomaticallyAfterDays: days }) } };
}

/** The days AWS tells beside a schedule: exact for `rate(n days)`, at least 1 for all else. */
function daysOf(expression: string | undefined): number | undefined {
  if (expression === undefined) return undefined;
  const [, count = "1", unit = "day"] = /^rate\((\d+) (hour|day)s?\)$/.exec(expression) ?? [];
  return Math.max(1, Math.round(unit === "hour" ? Number(count) / 24 : Number(count)));
}

function begin(
  secret: SecretRecord,
  token: string,
  config: RotationConfig,
  immediately: boolean,
  { rotations, switches, now }: Context,
): void {
  const underWay = rotations.tokenUnderWay(secret);
  const holder = secret.labels.get(pending);
  if (holder !== undefined && holder !== secret.labels.get(current) && holder !== token) {
    if (secret.rotation && underWay !== holder) rotations.start(secret, holder);
    throw rotationIncomplete();
  }
  const before = secret.versions.get(token);
  const stuck = before !== undefined && holder === token && holder !== secret.labels.get(current);
  if (before && !stuck && underWay !== token && switches.now.oldToken === "refuse") {
    throw invalidRequest(tokenInUse(token, secret.arn));
  }
  secret.rotation = config;
  secret.changedAt = now;
  if (underWay === token) return;
  if (before && !stuck && switches.now.oldToken === "ignore") return;
  if (!immediately && !before) {
    const copied = secret.versions.get(secret.labels.get(current) ?? "")?.value;
    secret.versions.set(token, { id: token, createdAt: now, ...(copied && { value: copied }) });
  } else if (!before) {
    secret.versions.set(token, { id: token, createdAt: now });
  }
  secret.labels = new Map(secret.labels).set(pending, token);
  rotations.start(secret, token, immediately ? "rotation" : "dry run");
}

/** Turns rotation off. The configuration stays visible, and so do the labels of a half-done rotation. */
export const cancelRotateSecret = operation(
  z.strictObject({ SecretId: secretId }),
  ({ SecretId }, { region, now, store, rotations }) => {
    checkName(SecretId);
    const secret = store.getUsable(region, SecretId);
    if (!secret.rotation) throw noRotationFunction();
    rotations.abandon(secret);
    secret.rotation = { ...secret.rotation, enabled: false };
    secret.changedAt = now;
    const holder = secret.labels.get(pending);
    return { ARN: secret.arn, Name: secret.name, ...(holder !== undefined && { VersionId: holder }) };
  },
);
