import { Duration } from "aws-cdk-lib";
import { Alarm, ComparisonOperator, type IMetric, TreatMissingData } from "aws-cdk-lib/aws-cloudwatch";
import { SnsAction } from "aws-cdk-lib/aws-cloudwatch-actions";
import { FilterPattern, MetricFilter } from "aws-cdk-lib/aws-logs";
import { Topic } from "aws-cdk-lib/aws-sns";
import { Construct } from "constructs";
import type { LeakIntake } from "./leak-intake.js";

const period = Duration.minutes(5);

/**
 * A human hears of every report that was refused, since a key may have leaked all the same, and of one that has waited for two
 * tries. Each alarm goes off with the first bad period, and stays until an hour has been good.
 * @param topic ARN of the SNS topic that hears of them; without it they are to be seen in CloudWatch only.
 */
export class LeakIntakeAlarms extends Construct {
  constructor(scope: Construct, id: string, environment: string, intake: LeakIntake, topic?: string) {
    super(scope, id);
    const action = topic === undefined ? undefined : new SnsAction(Topic.fromTopicArn(this, "Topic", topic));
    const refused = new MetricFilter(this, "Refused", {
      logGroup: intake.logs,
      filterPattern: FilterPattern.stringValue("$.event", "=", "leak_report_refused"),
      metricNamespace: "Keyturn",
      metricName: "LeakReportsRefused",
      metricValue: "1",
      dimensions: { environment: "$.environment" },
    }).metric({ statistic: "Sum", period, dimensionsMap: { environment } });
    const waiting = intake.waiting.metricApproximateAgeOfOldestMessage({ statistic: "Maximum", period });
    const alarm = (name: string, alarmDescription: string, metric: IMetric, threshold: number) => {
      const made = new Alarm(this, name, {
        alarmName: `keyturn-${environment}-leak-intake-${name}`,
        ...{ alarmDescription, metric, threshold },
        comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
        evaluationPeriods: Duration.hours(1).toSeconds() / period.toSeconds(),
        datapointsToAlarm: 1,
        treatMissingData: TreatMissingData.NOT_BREACHING,
      });
      if (action) made.addAlarmAction(action);
    };
    const byHand = "What has leaked is still to be contained: keyturn rotate-secret <secret> --leaked";
    alarm(
      "LeakReportsRefused",
      `A report of a leak was refused; the intake's log says why. ${byHand}`,
      refused,
      1,
    );
    alarm(
      "LeakReportsWaiting",
      `Reports of leaks could not be acted on; the intake's log says why. ${byHand}`,
      waiting,
      Duration.minutes(10).toSeconds(),
    );
  }
}
