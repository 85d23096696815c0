import { Effect, PolicyStatement } from "aws-cdk-lib/aws-iam";

type Conditions = NonNullable<ConstructorParameters<typeof PolicyStatement>[0]>["conditions"];

/** Exactly these actions on exactly these resources. */
export function allow(
  sid: string,
  resources: string[],
  actions: string[],
  conditions: NonNullable<Conditions> = {},
): PolicyStatement {
  return new PolicyStatement({ sid, effect: Effect.ALLOW, actions, resources, conditions });
}

/** Whoever starts a rotation so cannot change when, or by which function, the secret is rotated. */
export const rulesAsTheyAre = { BoolIfExists: { "secretsmanager:ModifyRotationRules": "false" } };

/** A role that is handed to EventBridge Scheduler, and to nobody else. */
export const toScheduler = { StringEquals: { "iam:PassedToService": "scheduler.amazonaws.com" } };

/** Tags that Keyturn keeps its own notes in, and no other: policies may go by those. */
export const ofKeyturn = { "ForAllValues:StringLike": { "aws:TagKeys": "keyturn:*" } };
