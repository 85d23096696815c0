import { type Bench, makeKey, newLabel, type Probe, requestFor, standing } from "../bench.js";
import { must } from "../check.js";
import { type Outcome, outcomeOf, wordOf } from "../outcome.js";
import { retryable } from "./verdicts.js";

const limitMs = 5000;

/** A provider that can neither list nor be idempotent: each run, and each lost answer, is one more key. */
const isWeak = ({ subject }: Bench) => subject.provider.facts.bound !== undefined;

/** Two runs at once and a third later: one key, or exactly the weaker bound. */
export const oneKey: Probe = async (bench) => {
  const customer = bench.admit();
  const label = newLabel();
  const before = standing(bench);
  const run = async (number: number) => {
    const connection = await bench.connect(customer);
    return outcomeOf(connection.make(requestFor(bench, label, number)), limitMs);
  };
  const outcomes = [...(await Promise.all([run(1), run(2)])), await run(3)];
  const made = standing(bench) - before;
  const words = outcomes.map(wordOf).join(", ");
  if (isWeak(bench)) {
    must(
      made === outcomes.length && outcomes.every(isMade),
      `three runs of one rotation to make exactly three keys: that is the bound declared in facts.bound`,
      `${words}; ${made} keys at the vendor`,
    );
    return;
  }
  must(made === 1, "three runs of one rotation to make one key", `${made} keys at the vendor (${words})`);
  must(
    outcomes.filter(isMade).length === 1 && outcomes.every((one) => isMade(one) || retryable(one)),
    "one run to get the key, and the others a retryable error: another's key must not be replayed to them",
    words,
  );
};

/** Each exchange of a mint loses its answer once; the same rotation runs again. */
export const lostMint: Probe = async (bench) => {
  const exchanges = await countExchanges(bench);
  for (let index = 0; index < exchanges; index++) {
    for (const kind of ["lose", "half-close"] as const) {
      const customer = bench.admit();
      const label = newLabel();
      const before = standing(bench);
      bench.wire.play((_, at) => (at === index ? { kind } : undefined));
      const first = await mintOnce(bench, customer, label, 1);
      const left = standing(bench) - before;
      bench.wire.play();
      const again = await mintOnce(bench, customer, label, 2);
      const made = standing(bench) - before;
      const told = `${wordOf(first)}, then ${wordOf(again)}; ${left}, then ${made} keys at the vendor`;
      must(left <= 1, "one lost answer to leave one key at most", told);
      if (isWeak(bench)) {
        must(
          isMade(again) && made === left + 1,
          "one key more, and no other: the bound in facts.bound",
          told,
        );
      } else {
        must(made === 1, "one key after a lost answer and another run", told);
        must(
          isMade(again) || retryable(again),
          "another run to make the key, or to be told to try again",
          told,
        );
      }
    }
  }
};

async function mintOnce(bench: Bench, customer: ReturnType<Bench["admit"]>, label: string, run: number) {
  const connection = await bench.connect(customer);
  return outcomeOf(connection.make(requestFor(bench, label, run)), limitMs);
}

async function countExchanges(bench: Bench): Promise<number> {
  bench.wire.play();
  await makeKey(bench, bench.admit());
  return bench.wire.seen.length;
}

function isMade(outcome: Outcome): boolean {
  return outcome.kind === "value";
}
