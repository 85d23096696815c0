/** A local time is a `Date` whose UTC fields are what the clock on the wall shows. */

const formats = new Map<string, Intl.DateTimeFormat>();

/** Whether there is a time zone of this name, as the IANA database writes it. */
export function isZone(name: string): boolean {
  if (!/^[A-Z][\w+-]*(\/[\w+-]+)*$/.test(name)) return false;
  try {
    formatOf(name);
    return true;
  } catch {
    return false;
  }
}

function formatOf(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone);
  if (known) return known;
  const whole = "2-digit";
  const made = new Intl.DateTimeFormat("en-US", {
    ...{ timeZone: zone, hourCycle: "h23", calendar: "gregory", numberingSystem: "latn" },
    ...{ year: "numeric", month: whole, day: whole, hour: whole, minute: whole, second: whole },
  });
  formats.set(zone, made);
  return made;
}

/** What the clock on the wall shows at this instant. */
export function localOf(instant: Date, zone: string): Date {
  return zone === "UTC" ? instant : new Date(instant.getTime() + offsetAt(instant.getTime(), zone));
}

/**
 * The instant at which the clock on the wall shows this; the first of two where it is set back. Where it is set forward
 * over it, there is none, or the instant as much `later` as the clock is set forward.
 */
export function instantOf(local: Date, zone: string, inGap: "none" | "later" = "none"): Date | undefined {
  if (zone === "UTC") return local;
  const time = local.getTime();
  const before = offsetAt(time - dayMs, zone);
  const after = offsetAt(time + dayMs, zone);
  const instants = [time - before, time - after].sort((a, b) => a - b);
  const found = instants.find((instant) => instant + offsetAt(instant, zone) === time);
  if (found !== undefined) return new Date(found);
  return inGap === "later" ? new Date(time - before) : undefined;
}

const dayMs = 86_400_000;
/** Clocks change at whole quarters of an hour only, since 1972. */
const quarterMs = 900_000;
const mostOffsets = 20_000;
const offsets = new Map<string, Map<number, number>>();

/** Local time less UTC, milliseconds. */
function offsetAt(instant: number, zone: string): number {
  const quarter = Math.floor(instant / quarterMs) * quarterMs;
  const known = offsets.get(zone) ?? new Map<number, number>();
  const offset = known.get(quarter);
  if (offset !== undefined) return offset;
  const parts = new Map(
    formatOf(zone)
      .formatToParts(quarter)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const of = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? 0;
  const local = Date.UTC(of("year"), of("month") - 1, of("day"), of("hour"), of("minute"), of("second"));
  if (known.size >= mostOffsets) known.clear();
  offsets.set(zone, known.set(quarter, local - quarter));
  return local - quarter;
}
