import { formatDuration } from "../../services/duration.js";
import { columns, count } from "./columns.js";
import type { Plan } from "./plan.js";
import type { Kept } from "./promises.js";
import type { Result, SecretResult } from "./result.js";
import type { Timetables } from "./timetables.js";

/** What was seen of the secrets of each kind and interval, a column each. */
export function resultLines({
  plan,
  secrets,
  recovered,
  gaveUp,
  faults,
  calls,
  wallSeconds,
}: Result): readonly string[] {
  const groups = [...new Set(secrets.map(kindOf))].map((kind) =>
    secrets.filter((secret) => kindOf(secret) === kind),
  );
  const row = (label: string, cell: (group: readonly SecretResult[]) => string) => [
    label,
    ...groups.map(cell),
  ];
  const sum = (label: string, of: (secret: SecretResult) => number) =>
    row(label, (group) => count(total(group.map(of))));
  const most = (label: string, of: (secret: SecretResult) => number, digits = 0) =>
    row(label, (group) => Math.max(...group.map(of)).toFixed(digits));
  const done = total(secrets.map((secret) => secret.done));
  const { rotations, recovery } = calls;
  const days = plan.seconds / 86_400;
  const perRotation = (requests: number) => (done > 0 ? (requests / done).toFixed(1) : "-");
  const met = Object.entries(faults).map(([fate, times]) => `${times} ${fate}`);
  return [
    ...columns([
      row("", (group) => group[0]?.provider ?? ""),
      row("secrets, interval", (group) => `${group.length}, ${group[0]?.every}`),
      sum("ticks outside outages", ({ ticks }) => ticks),
      sum("  rotated before the next tick", ({ rotated }) => rotated),
      sum("  missed", ({ missed }) => missed.length),
      sum("ticks in outages", ({ ticksInOutage }) => ticksInOutage),
      sum("ticks delivered twice", ({ duplicates }) => duplicates),
      sum("rotations done", ({ done: succeeded }) => succeeded),
      sum("  given up by AWS for a while", ({ failed }) => failed),
      sum("  ended for good by recovery", ({ abandoned }) => abandoned),
      sum("further tries", ({ retried }) => retried),
      most("slowest, from tick to end, in s", ({ slowest }) => slowest),
      most("most keys accepted at once", ({ mostLive }) => mostLive),
      most("most keys not retired at once", ({ mostUnretired }) => mostUnretired),
      sum("keys lost before they were stored", ({ lost }) => lost),
      sum("minutes without a valid key", ({ minutesWithoutKey }) => minutesWithoutKey),
      sum("  outages apart", ({ minutesWithoutKey, gaps }) =>
        gaps.every(({ isOfOutage }) => isOfOutage) ? 0 : minutesWithoutKey,
      ),
      ...(plan.outages.length > 0
        ? [
            most(
              "from the outage's end to a rotation, in min",
              ({ resumedAfter }) =>
                Math.max(0, ...resumedAfter.map((minutes) => minutes ?? Number.POSITIVE_INFINITY)),
              1,
            ),
          ]
        : []),
    ]),
    `faults met: ${met.join(", ") || "none"}`,
    `outages: ${outagesOf(plan)}`,
    `recovery began, retried or made good ${recovered} rotations, and gave up ${gaveUp} times`,
    `calls per rotation: ${perRotation(rotations.aws)} to AWS, ${perRotation(rotations.vendor)} to vendors; ` +
      `recovery: ${(recovery.aws / days / secrets.length).toFixed(0)} to AWS a secret and day`,
    `took ${wallSeconds.toFixed(0)} s: ${(done / wallSeconds).toFixed(1)} rotations a second`,
  ];
}

const kindOf = ({ provider, every }: SecretResult) => `${provider} ${every}`;
const total = (numbers: readonly number[]) => numbers.reduce((sum, number) => sum + number, 0);

function outagesOf({ outages }: Plan): string {
  const each = outages.map(
    ({ vendor, from, seconds }) => `${vendor} for ${formatDuration(seconds)} after ${formatDuration(from)}`,
  );
  return each.join(", ") || "none";
}

export function timetableLines({ without, with: jittered, jitter }: Timetables): readonly string[] {
  const seconds = without.wallSeconds + jittered.wallSeconds;
  const deliveries = without.occurrences + jittered.occurrences;
  return [
    ...columns([
      ["", "no jitter", `jitter ${jitter}`],
      ["occurrences", count(without.occurrences), count(jittered.occurrences)],
      ["  not delivered", count(without.missed), count(jittered.missed)],
      ["largest burst in one second", count(without.largestBurst), count(jittered.largestBurst)],
    ]),
    `took ${seconds.toFixed(0)} s: ${count(Math.round(deliveries / seconds))} deliveries a second`,
  ];
}

export function promiseLines(kept: readonly Kept[]): readonly string[] {
  return kept.flatMap(({ promise, secret, holds, found }) => [
    `${holds ? "kept  " : "BROKEN"}  ${promise}`,
    `        ${secret}: ${found}`,
  ]);
}

/** What failed around each tick that no rotation followed. */
export function missedLines({ secrets }: Result): readonly string[] {
  return secrets.flatMap(({ secret, missed }) =>
    missed.flatMap(({ time, failures }) => [
      `missed: ${secret}, the tick of ${time}`,
      ...failures.map((failed) => `        ${failed}`),
    ]),
  );
}
