import { claimLabel } from "../../services/rotation/claims.js";
import { killMark, leakMark } from "../../services/rotation/labels.js";
import type { Facts, Held, Starts } from "../../services/status/facts.js";
import type { TroubleCode } from "../../services/status/status.js";
import type { SecretView } from "../../services/store/store.js";

export const now = new Date("2026-06-02T00:00:00Z");
export const minute = 60_000;
export const hour = 60 * minute;
export const ago = (ms: number) => new Date(now.getTime() - ms);
export const ahead = (ms: number) => new Date(now.getTime() + ms);
const arn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:app/key-AbCdEf";

export const key = (handle: string, madeMs: number, expiresAt?: Date): Held => ({
  ...{ holds: "key", handle, createdAt: ago(madeMs) },
  ...(expiresAt && { expiresAt }),
});
const replacing = (replaces: string) => ({ holds: "key", handle: "k1", replaces }) as const;
const timing = {
  ...{ expression: "rate(1 hour)", timezone: undefined, jitterSeconds: 0, told: "every 1h" },
  ...{ smallestGapSeconds: 3600, longestGapSeconds: 3600, leavesOutMore: false },
};
const runs: Starts = {
  ...{
    by: "schedule",
    expression: "rate(1 hour)",
    enabled: true,
    jitterMinutes: 0,
    next: ahead(30 * minute),
  },
};
const view: SecretView = {
  ...{ arn, name: "app/key", rotationEnabled: true, lastRotatedAt: ago(30 * minute) },
  stages: new Map([
    ["v1", ["AWSCURRENT"]],
    ["v0", ["AWSPREVIOUS"]],
  ]),
};

/** An hourly secret, half an hour after its rotation: all is well, but for these changes. */
export function facts(
  changes: Partial<Omit<Facts, "view">> & { view?: Partial<SecretView> | { code: string } } = {},
): Facts {
  const { view: changed = {}, ...rest } = changes;
  return {
    declared: {
      ...{ name: "app/key", provider: "stripe/restricted-key", timing, overlapSeconds: 3000 },
      ...{ longestGapSeconds: 3600, jitterSeconds: 0 },
    },
    ...{ now, starts: runs, versions: [] },
    held: new Map([
      ["v1", key("k1", 30 * minute)],
      ["v0", key("k0", 90 * minute)],
    ]),
    ...rest,
    view: "code" in changed ? changed : { ...view, ...changed },
  };
}

export const stages = (labels: Record<string, string[]>) => ({ stages: new Map(Object.entries(labels)) });
export const held = (values: Record<string, Held>) => ({ held: new Map(Object.entries(values)) });
export const pending = stages({ v2: ["AWSPENDING"], v1: ["AWSCURRENT"], v0: ["AWSPREVIOUS"] });
export const history = (sinceMs: number, aborts = 0) => ({
  versions: [
    { versionId: "v2", stages: ["AWSPENDING"], createdAt: ago(sinceMs) },
    ...Array.from({ length: aborts }, (_, n) => ({
      ...{ versionId: `keyturn-abort-${n}`, stages: [], createdAt: ago(20 * minute) },
    })),
  ],
});
export const marked = (label: string, on: "v0" | "v1") =>
  stages({
    v1: ["AWSCURRENT", ...(on === "v1" ? [label] : [])],
    v0: ["AWSPREVIOUS", ...(on === "v0" ? [label] : [])],
  });
export const paused = (until?: Date): Starts => ({
  ...{
    by: "schedule",
    expression: "rate(1 hour)",
    enabled: false,
    jitterMinutes: 0,
    paused: until ? { until } : {},
  },
});
const rotate = "aws secretsmanager rotate-secret --secret-id app/key";

/** What is so; what is said of it, the worst first; what is to be typed for that. */
type Row = readonly [so: string, facts: Facts, codes: readonly TroubleCode[], next: string | RegExp];

export const rows: readonly Row[] = [
  [
    "there is no such secret",
    facts({ view: { code: "store_missing" } }),
    ["missing"],
    /AWS_PROFILE, AWS_REGION/,
  ],
  [
    "it may not be looked at",
    facts({ view: { code: "store_denied" } }),
    ["no_access"],
    /secretsmanager:DescribeSecret/,
  ],
  [
    "AWS does not answer",
    facts({ view: { code: "store_unavailable" } }),
    ["unreachable"],
    /keyturn status app\/key/,
  ],
  [
    "it is marked for deletion, whatever else is so",
    facts({ view: { deletedAt: ago(hour), rotationEnabled: false } }),
    ["deleted"],
    "aws secretsmanager restore-secret --secret-id app/key",
  ],
  [
    "its current value is none of ours, and the one before is",
    facts(held({ v1: { holds: "invalid", code: "value_invalid" }, v0: key("k0", 90 * minute) })),
    ["unreadable"],
    "keyturn rollback app/key",
  ],
  [
    "neither value is ours",
    facts(held({ v1: { holds: "invalid", code: "provider_mismatch" }, v0: { holds: "placeholder" } })),
    ["unreadable"],
    /put-secret-value --secret-id app\/key/,
  ],
  ["there is no current value", facts({ view: stages({}), ...held({}) }), ["unreadable"], /put-secret-value/],
  ["its current key was killed first", facts({ view: marked(killMark("v1"), "v1") }), ["killed"], rotate],
  [
    "its current key has ended by itself",
    facts(held({ v1: key("k1", 30 * minute, now), v0: key("k0", 90 * minute) })),
    ["expired"],
    rotate,
  ],
  [
    "its current key ends before the next rotation",
    facts(held({ v1: key("k1", 30 * minute, ahead(20 * minute)), v0: key("k0", 90 * minute) })),
    ["expiring"],
    rotate,
  ],
  [
    "its current key ends during a pause",
    facts({ starts: paused(ahead(hour)), ...held({ v1: key("k1", 30 * minute, ahead(20 * minute)) }) }),
    ["expiring", "paused"],
    rotate,
  ],
  [
    "its current key outlives the pause",
    facts({ starts: paused(ahead(hour)), ...held({ v1: key("k1", 30 * minute, ahead(2 * hour)) }) }),
    ["paused"],
    "keyturn resume app/key",
  ],
  ["its current key leaked", facts({ view: marked(leakMark("v1"), "v1") }), ["leaked"], rotate],
  ["its previous key leaked", facts({ view: marked(leakMark("v0"), "v0") }), ["leaked"], rotate],
  ["a rotation is open", facts({ view: pending, ...history(4 * minute) }), ["open"], /^Nothing/],
  [
    "a rotation is stuck",
    facts({ view: pending, ...history(6 * minute) }),
    ["stuck"],
    "keyturn recover app/key",
  ],
  [
    "recovery gave up",
    facts({ view: pending, ...history(90 * minute, 5) }),
    ["gave_up"],
    /then: keyturn abort app\/key$/,
  ],
  [
    "it was never rotated",
    facts({ view: { ...stages({ v1: ["AWSCURRENT"] }) }, ...held({ v1: { holds: "placeholder" } }) }),
    ["never_rotated"],
    rotate,
  ],
  [
    "rotation is off",
    facts({ view: { rotationEnabled: false, native: { functionArn: "arn:f", rules: {} } } }),
    ["disabled"],
    /rotate-secret --secret-id app\/key --rotation-lambda-arn arn:f --rotation-rules/,
  ],
  ["rotation was never on", facts({ view: { rotationEnabled: false } }), ["disabled"], /^Deploy it/],
  [
    "rotation is off, by a pause",
    facts({ view: { rotationEnabled: false }, starts: paused() }),
    ["paused"],
    "keyturn resume app/key",
  ],
  ["nothing starts its rotations", facts({ starts: { by: "none" } }), ["unscheduled"], /^Deploy it/],
  [
    "only AWS's own rule does",
    facts({ starts: { by: "none" }, view: { nextRotationAt: ahead(hour) } }),
    ["backstop"],
    /^Deploy it/,
  ],
  [
    "its schedule fires no more",
    facts({
      starts: { by: "schedule", expression: "cron(0 0 1 1 ? 2025)", enabled: true, jitterMinutes: 0 },
    }),
    ["unscheduled"],
    /^Deploy it/,
  ],
  [
    "its schedule may not be read",
    facts({ starts: { by: "unknown", code: "scheduler_denied" } }),
    ["schedule_unknown"],
    /scheduler:GetSchedule/,
  ],
  ["it is late", facts({ view: { lastRotatedAt: ago(75 * minute) } }), ["late"], rotate],
  ["it is a little late", facts({ view: { lastRotatedAt: ago(75 * minute - 1) } }), [], ""],
  [
    "the overlap has been over for a quarter of an hour",
    facts({
      view: { lastRotatedAt: ago(65 * minute) },
      ...held({ v1: key("k1", 65 * minute), v0: key("k0", 3 * hour) }),
    }),
    ["overdue"],
    `The next rotation ends it first: ${rotate}`,
  ],
  [
    "the overlap has been over for less",
    facts({
      view: { lastRotatedAt: ago(64 * minute) },
      ...held({ v1: key("k1", 64 * minute), v0: key("k0", 3 * hour) }),
    }),
    [],
    "",
  ],
  [
    "it was rolled back a moment ago, long after its rotation",
    facts({ view: { lastRotatedAt: ago(70 * minute), lastChangedAt: ago(minute) } }),
    [],
    "",
  ],
  [
    "something else was changed a moment ago",
    facts({
      view: { lastRotatedAt: ago(65 * minute), lastChangedAt: ago(minute) },
      ...held({ v1: { ...replacing("v0"), createdAt: ago(65 * minute) }, v0: key("k0", 3 * hour) }),
    }),
    ["overdue"],
    `The next rotation ends it first: ${rotate}`,
  ],
  [
    "an edit left one key under both labels",
    facts({
      view: { lastRotatedAt: ago(70 * minute) },
      ...held({ v1: key("k1", 70 * minute), v0: key("k1", 70 * minute) }),
    }),
    [],
    "",
  ],
  [
    "its current key was brought along",
    facts(held({ v1: { holds: "brought" } })),
    ["brought"],
    /^Rotate it, then/,
  ],
  [
    "its previous key was",
    facts(held({ v1: key("k1", minute), v0: { holds: "brought" } })),
    ["brought"],
    /^End it at its vendor/,
  ],
  [
    "a job is ending its previous key",
    facts({ view: marked(claimLabel("end", "v0", ahead(minute)), "v0") }),
    ["claimed"],
    /^Nothing/,
  ],
  ["a claim is over", facts({ view: marked(claimLabel("rollback", "v0", now), "v0") }), [], ""],
  [
    "values are withheld",
    facts(held({ v1: { holds: "withheld" }, v0: { holds: "withheld" } })),
    ["values_withheld"],
    /secretsmanager:GetSecretValue/,
  ],
  ["all is well", facts(), [], ""],
];
