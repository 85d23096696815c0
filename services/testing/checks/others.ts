import type { Key } from "../../../providers/kit/contract.js";
import { found, makeKey, newLabel, type Probe, recordOf, requestFor } from "../bench.js";
import { must } from "../check.js";
import { outcomeOf } from "../outcome.js";

/** Everything that is done to keys is done to some, among others that it must not touch. */
export const untouched: Probe = async (bench) => {
  const customer = bench.admit();
  const another = bench.admit();
  const plant = async (what: string, label: string, at = customer) => ({
    what,
    handle: (await makeKey(bench, at, label)).handle,
  });
  const others = [
    await plant("a key of the same secret, of another rotation", newLabel()),
    await plant(
      "the same rotation's key of another attempt",
      newLabel({ rotation: "abcdefghijkl", attempt: 1 }),
    ),
    await plant("a neighbour secret's key", newLabel({ secret: "ponmlkjihgfedcba" })),
    await plant("another installation's key", newLabel({ installation: "zyxwvuts" })),
    await plant("a key without a label of ours", "made by hand"),
    await plant("another account's key", newLabel(), another),
  ];
  const label = newLabel({ rotation: "abcdefghijkl", attempt: 0 });
  const first = await makeKey(bench, customer, label);
  const second = await makeKey(bench, customer);
  // A second run, and one whose answer is lost: whatever they make or undo, it is theirs.
  const runs: ((key: Key) => Promise<unknown>)[] = [
    async () => (await bench.connect(customer)).make(requestFor(bench, label, 2)),
    async (key) => (await bench.connect(customer)).register?.(key, label),
    async (key) => (await bench.connect(customer)).verify(key),
    async () => found(await bench.connect(customer)),
    async (key) => (await bench.connect(customer)).retire(key),
    async (key) => (await bench.connect(customer)).retire(key),
    async (key) => (await bench.connect(customer)).verify(key),
    async () => found(await bench.connect(customer)),
  ];
  for (const run of runs) await outcomeOf(run(first), 5000);
  const byHandle = (await bench.connect(customer)).find ? { handle: second.handle, fields: {} } : second;
  await outcomeOf((await bench.connect(customer)).retire(byHandle), 5000);
  for (const { what, handle } of others) {
    must(recordOf(bench, handle)?.retired === false, `${what} to be left alone`, "that it was ended");
  }
};
