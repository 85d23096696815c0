import { Duration } from "aws-cdk-lib";
import { Alarm, ComparisonOperator, Metric, TreatMissingData } from "aws-cdk-lib/aws-cloudwatch";
import { SnsAction } from "aws-cdk-lib/aws-cloudwatch-actions";
import { Topic } from "aws-cdk-lib/aws-sns";
import { Construct } from "constructs";
import { functionName } from "../services/function-name.js";
import { metricOf } from "../services/metrics.js";
import type { RotationFunction } from "./rotation-function.js";

const period = Duration.minutes(5);

/** What an alarm watches. */
interface Watched {
  readonly name: string;
  readonly description: string;
  readonly metric: Metric;
  /** Bad from here on. */
  readonly threshold: number;
  /** How many of an hour's twelve periods must be bad. */
  readonly periods: number;
}

/** What those of Keyturn's metrics say that a human must hear of. */
const told = {
  [metricOf["Retirement Overdue"]]:
    "An old key lives on although its overlap is over: its vendor refuses to end it, or cannot be reached.",
  [metricOf["Recovery Gave Up"]]:
    "Five rotations of a secret in a row were aborted: its key is not replaced any more.",
  [metricOf["Key Died"]]:
    "The current key of a secret is dead, and Keyturn has not ended it: its readers fail until the next rotation.",
  [metricOf["Leak Not Contained"]]:
    "A key that was reported as leaked still lives, or has no replacement, and its deadline has passed.",
} as const;

/**
 * Alarms for one function. Each goes off with the first bad period and stays until an hour has been good, but for
 * errors: a step that fails is tried again by AWS and by recovery, so only errors in three periods of an hour count.
 * @param topic ARN of the SNS topic that hears of them; without it they are to be seen in CloudWatch only.
 */
export class Alarms extends Construct {
  constructor(scope: Construct, id: string, environment: string, one: RotationFunction, topic?: string) {
    super(scope, id);
    const action = topic === undefined ? undefined : new SnsAction(Topic.fromTopicArn(this, "Topic", topic));
    const watched = [...ownMetrics(environment, one.provider), ...partsOf(one)];
    for (const { name, description, metric, threshold, periods } of watched) {
      const alarm = new Alarm(this, name, {
        alarmName: `keyturn-${environment}-${functionName(one.provider)}-${name}`,
        alarmDescription: `${description} To see more: keyturn status`,
        metric,
        threshold,
        comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
        evaluationPeriods: Duration.hours(1).toSeconds() / period.toSeconds(),
        datapointsToAlarm: periods,
        treatMissingData: TreatMissingData.NOT_BREACHING,
      });
      if (action) alarm.addAlarmAction(action);
    }
  }
}

function ownMetrics(environment: string, provider: string): Watched[] {
  return Object.entries(told).map(([name, description]) => {
    const metric = new Metric({
      namespace: "Keyturn",
      metricName: name,
      dimensionsMap: { environment, provider },
      statistic: "Sum",
      period,
    });
    return { name, description, metric, threshold: 1, periods: 1 };
  });
}

function partsOf({ deadLetters, handler }: RotationFunction): Watched[] {
  return [
    {
      name: "DeadLetters",
      description:
        "What a schedule could not deliver has waited an hour for its function, whose log says why.",
      metric: deadLetters.metricApproximateAgeOfOldestMessage({ statistic: "Maximum", period }),
      threshold: Duration.hours(1).toSeconds(),
      periods: 1,
    },
    {
      name: "Errors",
      description: "A rotation function keeps failing; its log says why.",
      metric: handler.metricErrors({ statistic: "Sum", period }),
      threshold: 1,
      periods: 3,
    },
  ];
}
