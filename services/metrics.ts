import { Metrics, MetricUnit } from "@aws-lambda-powertools/metrics";
import type { Clock } from "./clock.js";
import type { EventName } from "./events/event.js";

/** What each event counts as: whoever tells an event has counted it. */
export const metricOf = {
  "Rotation Started": undefined,
  "Rotation Succeeded": "RotationsSucceeded",
  "Rotation Failed": "RotationsFailed",
  "Rotation Recovered": "RotationsRecovered",
  "Recovery Gave Up": "RecoveriesGivenUp",
  "Rotation Rolled Back": undefined,
  "Key Minted": undefined,
  "Key Retired": "KeysRetired",
  "Orphan Retired": undefined,
  "Retirement Overdue": "RetirementsOverdue",
  "Key Died": "KeysDied",
  "Leak Reported": "LeaksReported",
  "Leak Contained": "LeaksContained",
  "Leak Not Contained": "LeaksNotContained",
  "Leak Approval Needed": undefined,
} as const satisfies Readonly<Record<EventName, string | undefined>>;

/** Something that happened at a provider: an event, or the loss of one. */
export interface Happened {
  readonly name: EventName | "lost";
  readonly provider: string;
  /** How long a rotation took that succeeded. */
  readonly seconds?: number | undefined;
}

export interface MetricsParts {
  readonly environment: string;
  readonly clock: Pick<Clock, "now">;
  readonly write: (line: string) => void;
}

/** What Powertools would say on the console: that CloudWatch drops what lies weeks away, as the sandbox's days do. */
const mute = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

/**
 * Writes a line a provider in CloudWatch's embedded metric format, which CloudWatch makes metrics of: namespace `Keyturn`,
 * dimensions `environment` and `provider`. Writes nothing where nothing counts.
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export function writeMetrics(parts: MetricsParts, happened: readonly Happened[]): void {
  for (const provider of new Set(happened.map((one) => one.provider))) {
    const metrics = new Metrics({ namespace: "Keyturn", logger: mute });
    // Powertools would add a dimension `service`.
    metrics.clearDefaultDimensions();
    metrics.setDefaultDimensions({ environment: parts.environment, provider });
    metrics.setTimestamp(parts.clock.now());
    const counts = new Map<string, number>();
    for (const { name, seconds } of happened.filter((one) => one.provider === provider)) {
      const metric = name === "lost" ? "EventsLost" : metricOf[name];
      if (metric) counts.set(metric, (counts.get(metric) ?? 0) + 1);
      if (seconds !== undefined) metrics.addMetric("RotationSeconds", MetricUnit.Seconds, seconds);
    }
    // One sum each: past a hundred values Powertools writes by itself, to the console.
    for (const [metric, count] of counts) metrics.addMetric(metric, MetricUnit.Count, count);
    if (metrics.hasStoredMetrics()) parts.write(JSON.stringify(metrics.serializeMetrics()));
  }
}
