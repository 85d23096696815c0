import type { Admission } from "../../../providers/kit/fake.js";
import {
  type Bench,
  makeKey,
  newLabel,
  type Probe,
  recordOf,
  registered,
  requestFor,
  standing,
} from "../bench.js";
import { must } from "../check.js";
import { outcomeOf, wordOf } from "../outcome.js";
import { retryable } from "./verdicts.js";

const limitMs = 5000;

export const generated: Probe = async (bench) => {
  const connection = await bench.connect(bench.admit());
  bench.wire.play();
  const keys = [
    await connection.make(requestFor(bench, newLabel())),
    await connection.make(requestFor(bench, newLabel())),
  ];
  must(bench.wire.seen.length === 0, "no exchange with the vendor", `${bench.wire.seen.length}`);
  must(keys[0]?.handle !== keys[1]?.handle, "two keys of two handles", "one handle");
};

export const registeredTwice: Probe = async (bench) => {
  const customer = bench.admit();
  const label = newLabel();
  const key = await (await bench.connect(customer)).make(requestFor(bench, label));
  const before = standing(bench);
  const run = async (name: string) =>
    outcomeOf(registered(await bench.connect(customer), key, name), limitMs);
  const atOnce = await Promise.all([run(label), run(label)]);
  const later = await run(label);
  const words = [...atOnce, later].map(wordOf);
  const told = `${words.join(", ")}; ${standing(bench) - before} keys at the vendor`;
  must(standing(bench) - before === 1, "one key", told);
  must(recordOf(bench, key.handle)?.label === label, "the key under exactly its label", "another label");
  must(words.filter((word) => word === "created").length === 1, "`created` once", told);
  must(wordOf(later) === "existed", "`existed` from a later call", told);
  must(
    atOnce.every((one) => one.kind === "value" || retryable(one)),
    "success, or to be told to try again",
    told,
  );
  const other = newLabel();
  const renamed = await run(other);
  must(
    renamed.kind === "thrown" || recordOf(bench, key.handle)?.label === other,
    "an error where the vendor knows the key under another label",
    wordOf(renamed),
  );
};

export const lostRegistration: Probe = async (bench) => {
  bench.wire.play();
  await makeKey(bench, bench.admit());
  const exchanges = bench.wire.seen.length;
  for (let index = 0; index < exchanges; index++) await loseOnce(bench, bench.admit(), index);
};

async function loseOnce(bench: Bench, customer: Admission, index: number): Promise<void> {
  const label = newLabel();
  const key = await (await bench.connect(customer)).make(requestFor(bench, label));
  const before = standing(bench);
  bench.wire.play((_, at) => (at === index ? { kind: "lose" } : undefined));
  const first = await outcomeOf(registered(await bench.connect(customer), key, label), limitMs);
  bench.wire.play();
  const again = await outcomeOf(registered(await bench.connect(customer), key, label), limitMs);
  const made = standing(bench) - before;
  const told = `${wordOf(first)}, then ${wordOf(again)}; ${made} keys at the vendor`;
  must(again.kind === "value" && made === 1, "the second run to succeed, and one key", told);
  must(recordOf(bench, key.handle)?.label === label, "the key under exactly its label", "another label");
}
