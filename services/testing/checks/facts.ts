import { type Bench, makeKey, newLabel, type Probe, recordOf, requestFor } from "../bench.js";
import { must } from "../check.js";

/** The vendor is as slow as it may be. */
function slow({ subject, vendor }: Bench): void {
  for (const [name, value] of Object.entries(subject.slowest ?? {})) vendor.set(name, value);
}

export const settle: Probe = async (bench) => {
  slow(bench);
  const { settleSeconds } = bench.subject.provider.facts;
  const { handle } = await makeKey(bench, bench.admit());
  bench.advance(settleSeconds);
  const when = `${settleSeconds} s (settleSeconds) after it was made`;
  must(recordOf(bench, handle)?.live === true, `a key to be alive ${when}`, "that it is not");
};

export const death: Probe = async (bench) => {
  slow(bench);
  const customer = bench.admit();
  const { settleSeconds, deathSeconds } = bench.subject.provider.facts;
  const key = await makeKey(bench, customer);
  bench.advance(settleSeconds);
  await (await bench.connect(customer)).retire(key);
  bench.advance(deathSeconds);
  const when = `${deathSeconds} s (deathSeconds) after it was retired`;
  must(recordOf(bench, key.handle)?.live !== true, `a key to be dead ${when}`, "that it lives");
};

/** A vendor counts in whole seconds; a minute more is no other lifetime. */
const grainSeconds = 60;

export const end: Probe = async (bench) => {
  const { settleSeconds, lifetimeSeconds } = bench.subject.provider.facts;
  const asked = requestFor(bench, newLabel());
  const { handle, expiresAt } = await makeKey(bench, bench.admit(), asked.label);
  const secondsTo = (time: Date) => (time.getTime() - bench.now().getTime()) / 1000;
  if (lifetimeSeconds !== undefined) {
    must(expiresAt !== undefined, "expiresAt, because lifetimeSeconds is declared", "none");
    const lives = secondsTo(expiresAt);
    must(lives <= lifetimeSeconds + grainSeconds, `a life of ${lifetimeSeconds} s at most`, `${lives} s`);
  } else if (expiresAt) {
    const off = Math.abs(secondsTo(expiresAt) - secondsTo(asked.expiresAt));
    must(off <= grainSeconds, "expiresAt to be the end that the mint was asked for", `${off} s off`);
  }
  const lives = () => (recordOf(bench, handle)?.live === true ? "it lives" : "it is dead");
  bench.advance(secondsTo(expiresAt ?? asked.expiresAt) - settleSeconds - 1);
  must(lives() === "it lives", "the key to live until just before its end", lives());
  bench.advance(settleSeconds + 2);
  const [expected, what] = expiresAt
    ? ["it is dead", "the key to be dead after expiresAt"]
    : ["it lives", "a key without expiresAt to outlive the end that the mint was asked for"];
  must(lives() === expected, what, lives());
};
