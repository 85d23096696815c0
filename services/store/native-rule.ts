import type { DescribeSecretResponse, RotationRulesType } from "@aws-sdk/client-secrets-manager";

/** A secret's own rotation rule: the function, and when Secrets Manager calls it by itself. */
export interface NativeRule {
  readonly functionArn: string;
  /** As they were set: an expression or days, never both. */
  readonly rules: Readonly<RotationRulesType>;
}

/** The rule that DescribeSecret tells; undefined when no function was ever set. */
export function nativeRuleOf(answer: DescribeSecretResponse): NativeRule | undefined {
  if (!answer.RotationLambdaARN) return undefined;
  const { ScheduleExpression, AutomaticallyAfterDays, Duration } = answer.RotationRules ?? {};
  return {
    functionArn: answer.RotationLambdaARN,
    rules: {
      // It tells days beside an expression, and RotateSecret refuses the two together.
      ...(ScheduleExpression === undefined ? { AutomaticallyAfterDays } : { ScheduleExpression }),
      ...(Duration === undefined ? {} : { Duration }),
    },
  };
}
