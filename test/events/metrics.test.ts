import { expect, test } from "vitest";
import { type EventName, eventSchemas } from "../../services/events/event.js";
import { type Happened, metricOf, writeMetrics } from "../../services/metrics.js";

const now = new Date("2026-06-01T00:00:00Z");

function written(happened: readonly Happened[]): unknown[] {
  const lines: string[] = [];
  writeMetrics(
    { environment: "live", clock: { now: () => now }, write: (line) => lines.push(line) },
    happened,
  );
  return lines.map((line) => JSON.parse(line));
}

/** @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html */
const embedded = (provider: string, metrics: readonly (readonly [string, string, unknown])[]) => ({
  _aws: {
    Timestamp: now.getTime(),
    CloudWatchMetrics: [
      {
        Namespace: "Keyturn",
        Dimensions: [["environment", "provider"]],
        Metrics: metrics.map(([Name, Unit]) => ({ Name, Unit })),
      },
    ],
  },
  ...{ environment: "live", provider },
  ...Object.fromEntries(metrics.map(([name, , value]) => [name, value])),
});

test("a line a provider in the embedded metric format, whose dimensions are environment and provider", () => {
  const stripe = "stripe/restricted-key";
  const lines = written([
    { name: "Rotation Succeeded", provider: stripe, seconds: 6.8 },
    { name: "Key Retired", provider: stripe },
    { name: "Key Retired", provider: "github/deploy-key" },
    { name: "Key Retired", provider: stripe },
    { name: "lost", provider: stripe },
  ]);
  const one = (name: string) => [name, "Count", 1] as const;
  expect(lines).toEqual([
    embedded(stripe, [
      ["RotationSeconds", "Seconds", 6.8],
      one("RotationsSucceeded"),
      ["KeysRetired", "Count", 2],
      one("EventsLost"),
    ]),
    embedded("github/deploy-key", [one("KeysRetired")]),
  ]);
});

test("each event counts as its metric, or as none", () => {
  const isEvent = (name: string): name is EventName => name in eventSchemas;
  for (const name of Object.keys(eventSchemas).filter(isEvent)) {
    const metric = metricOf[name];
    const expected = metric ? [embedded("p", [[metric, "Count", 1]])] : [];
    expect(written([{ name, provider: "p" }]), name).toEqual(expected);
  }
  expect(written([])).toEqual([]);
});

test("more than Powertools keeps of one metric is still one line, written nowhere else", () => {
  const many = Array.from({ length: 250 }, (): Happened => ({ name: "Key Died", provider: "p" }));
  expect(written(many)).toEqual([embedded("p", [["KeysDied", "Count", 250]])]);
});
