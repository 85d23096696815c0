import * as z from "zod/mini";
import {
  functionNotInvocable,
  invalid,
  invalidParameter,
  invalidRequest,
  noRotationFunction,
  rotationIncomplete,
  tokenInUse,
  tokenMissing,
} from "../errors.js";
import { current, pending } from "../labels.js";
import { nextWindow } from "../native-schedules.js";
import { type Context, operation } from "../operation.js";
import { stage } from "../run.js";
import { type RotationRules, type Schedule, scheduleOf } from "../schedule.js";
import type { RotationConfig, SecretRecord } from "../secret-record.js";
import { checkName, secretId, text, versionId } from "../validate.js";

const rules = z.strictObject({
  AutomaticallyAfterDays: z.optional(z.int().check(z.gte(1), z.lte(1000))),
  Duration: z.optional(text(2, 3).check(z.regex(/^[0-9]+h$/))),
  ScheduleExpression: z.optional(text(1, 256).check(z.regex(/^[0-9A-Za-z()#?*\-/, ]+$/))),
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
    const { ClientRequestToken: token, RotationRules: given, RotateImmediately: immediately = true } = input;
    if (token === undefined) throw invalidParameter(tokenMissing);
    if (token.includes(":") && context.switches.now.tokenColons === "refused") {
      throw invalid("Invalid ClientRequestToken. Must be a valid token without colons.");
    }
    const schedule = given && scheduleOf(given);
    const secret = context.store.getUsable(context.region, input.SecretId);
    const functionArn = input.RotationLambdaARN || secret.rotation?.functionArn;
    if (!functionArn) throw noRotationFunction();
    if (!context.rotations.functions.has(functionArn)) throw functionNotInvocable();

    const plan =
      given && schedule ? newPlan(secret, given, schedule, immediately, context) : planOf(secret, context);
    if (!plan.schedule && context.switches.now.rulesRequired) {
      throw invalidParameter("You must specify RotationRules to turn on rotation.");
    }
    begin(secret, token, { ...plan, enabled: true, functionArn }, immediately, context);
    return { ARN: secret.arn, Name: secret.name, VersionId: token };
  },
);

type Plan = Pick<RotationConfig, "rules" | "schedule" | "since" | "earlier">;

/** The plan there is. Rotation that was off counts from now. */
function planOf({ rotation }: SecretRecord, { now }: Context): Plan {
  return rotation?.enabled ? rotation : { ...rotation, since: now };
}

/** A rotation planned by the earlier rules may still come: so AWS's reference warns. */
function newPlan(
  secret: SecretRecord,
  rules: RotationRules,
  schedule: Schedule,
  immediately: boolean,
  { now, switches }: Context,
): Plan {
  const kept = switches.now.earlierPlan === "kept" && !immediately && schedule.kind !== "cron";
  const earlier = kept ? nextWindow(secret) : undefined;
  return { rules, schedule, since: now, ...(earlier && { earlier }) };
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
    if (secret.rotation && underWay !== holder) rotations.reattempt(secret);
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
  }
  stage(secret, token, now);
  rotations.start(secret, token, { dry: !immediately });
}

/** Turns rotation off. The configuration stays visible, and so do the labels of a half-done rotation. */
export const cancelRotateSecret = operation(
  z.strictObject({ SecretId: secretId }),
  ({ SecretId }, { region, now, store, rotations }) => {
    checkName(SecretId);
    const secret = store.getUsable(region, SecretId);
    if (!secret.rotation) throw noRotationFunction();
    rotations.cancel(secret);
    secret.rotation = { ...secret.rotation, enabled: false };
    secret.changedAt = now;
    const holder = secret.labels.get(pending);
    return { ARN: secret.arn, Name: secret.name, ...(holder !== undefined && { VersionId: holder }) };
  },
);
