import { CodedError } from "../../../providers/kit/failure.js";
import { holder, leakMark } from "../../rotation/labels.js";
import type { ContainResult } from "../../rotation/leak/result.js";
import type { Containment } from "./containment.js";
import { after, newsOf } from "./news.js";
import type { Here, Place } from "./place.js";

/**
 * One run of the job: it looks again and again until 10 s before its end. Where no watch carries what it has found out, one run is
 * all. Seconds.
 */
const runSeconds = 30;
const pauseMs = 2_000;
/** Between two runs where the first failed in a way that may pass. Milliseconds. */
const againMs = 5_000;

export const isContained = ({ outcome }: ContainResult) =>
  outcome === "contained" || outcome === "nothing_to_do";

/**
 * Runs a containment until nothing is left to do, or the time is over.
 * @param seconds how long, from now; a run that has begun is not cut short
 * @throws KeyturnError, ProviderError: what will not pass, or did not in time. What AWS goes on with, it goes on with.
 */
export async function untilContained(
  here: Here,
  {
    place,
    containment,
    seconds,
    ran,
  }: {
    readonly place: Place;
    readonly containment: Containment;
    readonly seconds: number;
    /** Told that a run has come to its end. */
    readonly ran: () => void;
  },
): Promise<ContainResult> {
  const { clock } = here;
  const { report } = containment;
  const end = clock.monotonic() + seconds * 1000;
  const look = looksAt(here, place, containment);
  here.ifInterrupted(whatGoesOn(containment));
  const states = new Map<string, string>();
  for (;;) {
    const before = containment.progress();
    let result: ContainResult | CodedError<string>;
    try {
      result = await containment.run(containment.goesOnAt === undefined ? seconds + 10 : runSeconds);
    } catch (error) {
      if (!(error instanceof CodedError) || !error.retryable) throw error;
      result = error;
    }
    const isLast = clock.monotonic() + pauseMs >= end;
    if (result instanceof CodedError) {
      if (isLast) throw result;
      here.say(`${result.code}: it is tried again`);
      await clock.sleep(againMs);
      continue;
    }
    ran();
    await look();
    for (const line of newsOf(report, before, result)) here.say(line);
    if (isContained(result) || isLast) return result;
    for (const { version, handle, state } of result.versions) {
      if (state !== "done" && states.get(version) !== state) here.say(`${handle ?? version}: ${state}`);
      states.set(version, state);
    }
    await clock.sleep(pauseMs);
  }
}

/** Says once that a leaked current version was replaced, as the labels show it. */
function looksAt({ say, clock }: Here, { store }: Place, { arn, current, report, progress }: Containment) {
  let told = current === undefined || !report.versions.includes(current);
  return async () => {
    if (told) return;
    const view = await store.describe(arn);
    const now = holder(view, "AWSCURRENT");
    if (now === undefined || now === current || holder(view, leakMark(now)) !== undefined) return;
    told = true;
    const seen = Object.values(progress()).flatMap(({ replacedAt }) => replacedAt ?? []);
    say(`replaced by version ${now}${after(report, seen.sort()[0] ?? clock.now().toISOString())}`);
  };
}

/** What whoever ends the command now must know. */
export function whatGoesOn({ secret, report, goesOnAt }: Containment): string {
  const only = report.versions.map((version) => ` --only ${version}`).join("");
  const again = `keyturn rotate-secret ${secret} --leaked${only} --wait`;
  return goesOnAt
    ? `The work goes on in AWS: a schedule calls ${goesOnAt} every minute until the leaked keys are dead. To watch it: ${again}`
    : `Nothing goes on by itself: no schedules stand around this secret. Run it again: ${again}`;
}
