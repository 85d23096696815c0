import type { Key } from "../../../providers/kit/contract.js";
import type { Admission } from "../../../providers/kit/fake.js";
import { type Bench, makeKey, type Probe, recordOf } from "../bench.js";
import { must } from "../check.js";
import { outcomeOf, wordOf } from "../outcome.js";

/** In turn, at once, after its death, and after each exchange has lost its answer once. */
export const twice: Probe = async (bench) => {
  const customer = bench.admit();
  const key = await makeKey(bench, customer);
  bench.wire.play();
  await mustEnd(bench, customer, key, "a key that is ended");
  const exchanges = bench.wire.seen.length;
  await mustEnd(bench, customer, key, "a key that is ended again");
  bench.advance(bench.subject.provider.facts.deathSeconds);
  await mustEnd(bench, customer, key, "a key that is dead");
  const doubly = await makeKey(bench, customer);
  await Promise.all(
    [1, 2].map(() => mustEnd(bench, customer, doubly, "a key that is ended by two runs at once")),
  );
  for (let index = 0; index < exchanges; index++) {
    const doomed = await makeKey(bench, customer);
    bench.wire.play((_, at) => (at === index ? { kind: "lose" } : undefined));
    await outcomeOf((await bench.connect(customer)).retire(doomed), 5000);
    bench.wire.play();
    await mustEnd(bench, customer, doomed, "a key that is ended again after a lost answer");
  }
};

export const byHandle: Probe = async (bench) => {
  const customer = bench.admit();
  const { handle } = await makeKey(bench, customer);
  await mustEnd(bench, customer, { handle, fields: {} }, "a key whose value nobody has");
};

async function mustEnd(bench: Bench, customer: Admission, key: Key, what: string): Promise<void> {
  const connection = await bench.connect(customer);
  const outcome = await outcomeOf(connection.retire(key), 5000);
  must(outcome.kind === "value", `${what} to be a success`, wordOf(outcome));
  must(
    recordOf(bench, key.handle)?.retired !== false,
    `${what} to be retired at the vendor`,
    "that it is not",
  );
}
