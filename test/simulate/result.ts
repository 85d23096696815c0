import type { Accidents, Calls } from "./accidents.js";
import { minuteMs, type Outage, type Plan } from "./plan.js";
import type { Planted } from "./secrets.js";
import type { Happened, Tally, Tick } from "./tally.js";
import type { Gap, Known } from "./truth.js";

/** What became of one secret. */
export interface SecretResult {
  readonly secret: string;
  readonly provider: string;
  readonly every: string;
  /** Ticks of its schedule, those in an outage of its vendor apart. */
  readonly ticks: number;
  readonly ticksInOutage: number;
  /** Of `ticks`: those that a rotation followed before the next tick. */
  readonly rotated: number;
  /** The others. */
  readonly missed: readonly { readonly time: string; readonly failures: readonly string[] }[];
  /** Deliveries of ticks that had been delivered. */
  readonly duplicates: number;
  /** Ticks that were delivered twice and that more than one rotation followed. */
  readonly rotatedTwice: number;
  readonly done: number;
  /** How often AWS gave a rotation up. */
  readonly failed: number;
  readonly abandoned: number;
  readonly retried: number;
  readonly mostLive: number;
  readonly mostUnretired: number;
  readonly mostStored: number;
  readonly lost: number;
  /** Whether its vendor cannot list keys, so that lost ones live on. */
  readonly mayLose: boolean;
  /** Whole minutes, begun ones too, without a key in AWSCURRENT that works. */
  readonly minutesWithoutKey: number;
  readonly gaps: readonly { readonly from: string; readonly to: string; readonly isOfOutage: boolean }[];
  /** From the end of each outage of its vendor to the next rotation that succeeded. Minutes; absent: none did. */
  readonly resumedAfter: readonly (number | undefined)[];
  /** From a tick to its rotation's end, outages apart. Seconds. */
  readonly slowest: number;
}

export interface Result {
  readonly plan: Plan;
  readonly secrets: readonly SecretResult[];
  /** Rotations that recovery began, took up again or made good. */
  readonly recovered: number;
  readonly gaveUp: number;
  readonly faults: Readonly<Record<string, number>>;
  readonly calls: Calls;
  readonly wallSeconds: number;
}

type Seen = Pick<Planted, "name" | "provider" | "declaration">;

interface Given {
  readonly plan: Plan;
  readonly secrets: readonly Seen[];
  readonly begun: number;
  readonly until: number;
  readonly tally: Pick<Tally, "happened" | "count">;
  readonly known: ReadonlyMap<string, Known>;
  readonly accidents: Pick<Accidents, "faults" | "calls">;
  readonly outage: (vendor: string, time: number) => Outage | undefined;
  readonly wallSeconds: number;
}

export function resultOf(given: Given): Result {
  const { plan, secrets, tally, known, accidents, wallSeconds } = given;
  return {
    plan,
    secrets: secrets.flatMap((secret) => {
      const [happened, truth] = [tally.happened(secret.name), known.get(secret.name)];
      return happened && truth ? [secretResult(given, secret, happened, truth)] : [];
    }),
    recovered: tally.count("recovered", "tried_again", "tick_made_good"),
    gaveUp: tally.count("recovery_gave_up"),
    ...{ faults: accidents.faults, calls: accidents.calls, wallSeconds },
  };
}

function secretResult(
  { plan, begun, until, outage }: Given,
  { name, provider, declaration }: Seen,
  happened: Happened,
  known: Known,
): SecretResult {
  const [vendor = ""] = provider.id.split("/");
  const { ticks: all, succeeded } = happened;
  const counted = all.filter(({ at }) => at <= until);
  const isOut = ({ at }: Tick) => outage(vendor, at) !== undefined;
  const outside = counted.filter((tick) => !isOut(tick));
  const rotationsOf = (tick: Tick) => {
    const next = nextAfter(tick, all);
    return succeeded.filter((time) => time >= tick.at && time < next);
  };
  const waits = outside.flatMap((tick) =>
    rotationsOf(tick)
      .slice(0, 1)
      .map((time) => time - tick.at),
  );
  const missed = outside.filter((tick) => rotationsOf(tick).length === 0);
  const own = plan.outages.filter((one) => one.vendor === vendor);
  const ends = own.map(({ from, seconds }) => begun + (from + seconds) * 1000);
  const resumed = ends.map((end) => succeeded.find((time) => time >= end));
  const lifetime = provider.facts.lifetimeSeconds ?? Number.POSITIVE_INFINITY;
  const isOfOutage = ({ from, to }: Gap) =>
    own.some((one, index) => {
      const start = begun + one.from * 1000;
      // Seen alive again a minute later at most.
      const end = (resumed[index] ?? to) + minuteMs;
      return one.seconds >= lifetime && from >= start && to <= end;
    });
  return {
    ...{ secret: name, provider: provider.id, every: declaration.every ?? "" },
    ...{ ticks: outside.length, ticksInOutage: counted.length - outside.length, rotated: waits.length },
    missed: missed.map((tick) => ({ time: tick.time, failures: failuresAfter(tick, all, happened) })),
    duplicates: counted.reduce((sum, { deliveries }) => sum + deliveries - 1, 0),
    rotatedTwice: all.filter((tick) => tick.deliveries > 1 && rotationsOf(tick).length > 1).length,
    ...{ done: succeeded.length, failed: happened.failed, abandoned: happened.abandoned },
    retried: happened.retried,
    ...{ mostLive: known.mostLive, mostUnretired: known.mostUnretired, mostStored: known.mostStored },
    ...{ lost: known.lost, mayLose: provider.facts.bound !== undefined },
    minutesWithoutKey: known.gaps.reduce((sum, gap) => sum + Math.ceil((gap.to - gap.from) / minuteMs), 0),
    gaps: known.gaps.map((gap) => ({
      ...{ from: new Date(gap.from).toISOString(), to: new Date(gap.to).toISOString() },
      isOfOutage: isOfOutage(gap),
    })),
    resumedAfter: resumed.map((time, index) =>
      time === undefined ? undefined : (time - (ends[index] ?? 0)) / minuteMs,
    ),
    slowest: Math.max(0, ...waits) / 1000,
  };
}

/** What failed between a tick and the next one, in order. */
function failuresAfter(tick: Tick, all: readonly Tick[], { failures }: Happened): readonly string[] {
  const next = nextAfter(tick, all);
  return failures
    .filter(({ at }) => at >= tick.at && at < next)
    .map((failed) => `${new Date(failed.at).toISOString()} ${failed.what} ${failed.code}`);
}

const nextAfter = ({ at }: Tick, all: readonly Tick[]) =>
  all.find((tick) => tick.at > at)?.at ?? Number.POSITIVE_INFINITY;
