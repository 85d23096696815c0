import type { Result, SecretResult } from "./result.js";

/** What must hold whatever goes wrong, and whether it did. */
export interface Kept {
  readonly promise: string;
  readonly secret: string;
  readonly holds: boolean;
  readonly found: string;
}

const leastShare = 0.99;
const resumeMinutes = 15;

/** Each promise of a simulated week, for each secret. */
export function promisesOf({ secrets, faults, gaveUp }: Result): readonly Kept[] {
  const met = Object.values(faults).reduce((sum, count) => sum + count, 0);
  const kept = secrets.flatMap((one) => {
    const say = (promise: string, holds: boolean, found: string): Kept => ({
      ...{ promise, secret: one.secret, holds, found },
    });
    const left = one.gaps.filter(({ isOfOutage }) => !isOfOutage);
    const last = Math.max(0, ...one.resumedAfter.map((minutes) => minutes ?? Number.POSITIVE_INFINITY));
    return [
      say(
        "99 % of the ticks outside outages rotated",
        one.ticks > 0 && one.rotated >= leastShare * one.ticks,
        `${one.rotated} of ${one.ticks}${one.missed.map(({ time }) => `, not ${time}`).join("")}`,
      ),
      say(
        `rotates again within ${resumeMinutes} minutes of the vendor's return`,
        last <= resumeMinutes,
        Number.isFinite(last) ? `${last.toFixed(1)} minutes` : "never",
      ),
      say(
        "a working key in AWSCURRENT, unless an outage outlasted its lifetime",
        left.length === 0,
        left.map(({ from, to }) => `none from ${from} to ${to}`).join(", ") || "always",
      ),
      say(...bound(one, met)),
      say(
        "a tick that is delivered twice rotates once",
        one.rotatedTwice === 0,
        `${one.rotatedTwice} did not`,
      ),
    ];
  });
  return [
    ...kept,
    { promise: "no human is asked for", secret: "all", holds: gaveUp === 0, found: `${gaveUp} times` },
  ];
}

/** Two keys; where the vendor cannot list, those apart that were lost with the answer or the process that held them. */
function bound(one: SecretResult, faults: number): readonly [string, boolean, string] {
  const { mostLive, mostUnretired, mostStored, lost } = one;
  const found = `${mostLive} accepted, ${mostUnretired} not retired`;
  if (!one.mayLose) return ["never more than two keys", mostLive <= 2 && mostUnretired <= 2, found];
  const holds = mostStored <= 2 && lost <= faults;
  return ["never more than two keys, lost ones apart", holds, `${found}; ${mostStored} stored, ${lost} lost`];
}
