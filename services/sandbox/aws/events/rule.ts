import * as z from "zod/mini";
import { text } from "../validate.js";
import type { Matcher } from "./pattern.js";
import type { RuleSchedule } from "./rule-schedule.js";

export const ruleName = text(1, 64).check(z.regex(/^[.\-_A-Za-z0-9]+$/));
export const targetArn = text(1, 1600);

/** A target, as far as the sandbox knows it: a function, a queue or a log group. */
export const targetShape = z.strictObject({
  Id: ruleName,
  Arn: targetArn,
  RoleArn: z.optional(targetArn),
  Input: z.optional(text(0, 8192)),
  InputPath: z.optional(text(0, 256).check(z.regex(/^\$(\.[^.[\]]+|\[\d+\])*$/))),
  InputTransformer: z.optional(
    z.strictObject({
      InputPathsMap: z.optional(z.record(text(1, 256), text(0, 256))),
      InputTemplate: text(1, 8192),
    }),
  ),
  DeadLetterConfig: z.optional(z.strictObject({ Arn: z.optional(targetArn) })),
  /** Kept and shown. Deliveries here succeed or fail for good at once. */
  RetryPolicy: z.optional(
    z.strictObject({
      MaximumRetryAttempts: z.optional(z.int().check(z.gte(0), z.lte(185))),
      MaximumEventAgeInSeconds: z.optional(z.int().check(z.gte(60), z.lte(86_400))),
    }),
  ),
});
export type Target = z.infer<typeof targetShape>;

export interface Rule {
  readonly name: string;
  readonly arn: string;
  readonly bus: string;
  readonly region: string;
  pattern?: { readonly text: string; readonly matches: Matcher } | undefined;
  schedule?: RuleSchedule | undefined;
  state: "ENABLED" | "DISABLED";
  description?: string | undefined;
  roleArn?: string | undefined;
  readonly targets: Map<string, Target>;
  /** Stops its schedule. */
  stop: () => void;
}

export interface EventBus {
  readonly name: string;
  readonly arn: string;
  readonly createdAt: Date;
  readonly description?: string | undefined;
  readonly rules: Map<string, Rule>;
}
