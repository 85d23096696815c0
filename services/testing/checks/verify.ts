import type { Key } from "../../../providers/kit/contract.js";
import type { Admission } from "../../../providers/kit/fake.js";
import { type Bench, makeKey, type Probe } from "../bench.js";
import { must } from "../check.js";
import { outcomeOf, wordOf } from "../outcome.js";

export const life: Probe = async (bench) => {
  const customer = bench.admit();
  const dead = await ended(bench, customer);
  const living = await settled(bench, customer);
  const before = JSON.stringify(bench.truth());
  await mustSay(bench, customer, living, "accepted", "a living key");
  await mustSay(bench, customer, dead, "rejected", "a retired key, after deathSeconds");
  await mustSay(bench, customer, living, "accepted", "a living key, asked for again");
  must(
    JSON.stringify(bench.truth()) === before,
    "the vendor's keys as they were before they were asked for",
    "others",
  );
};

export const narrow: Probe = async (bench) => {
  const { narrow: least } = bench.subject;
  if ("notChecked" in least) return;
  const customer = bench.admit();
  const narrowed = { ...customer, config: { ...customer.config, ...least.config } };
  const key = await settled(bench, narrowed);
  await mustSay(bench, narrowed, key, "accepted", "a living key that may do least");
};

export const proof: Probe = async (bench) => {
  const customer = bench.admit();
  const { proof: rests } = await bench.connect(customer);
  if (rests === "listed") return;
  const dead = await ended(bench, customer);
  // One that is not rejected at all breaks another promise.
  if ((await said(bench, customer, dead)) !== "rejected") return;
  const living = await settled(bench, customer);
  const mixed = { handle: living.handle, fields: dead.fields };
  await mustSay(bench, customer, mixed, "rejected", "the value of a dead key under a living one's handle");
};

async function settled(bench: Bench, customer: Admission): Promise<Key> {
  const key = await makeKey(bench, customer);
  bench.advance(bench.subject.provider.facts.settleSeconds);
  return key;
}

async function ended(bench: Bench, customer: Admission): Promise<Key> {
  const key = await settled(bench, customer);
  await (await bench.connect(customer)).retire(key);
  bench.advance(bench.subject.provider.facts.deathSeconds);
  return key;
}

async function mustSay(
  bench: Bench,
  customer: Admission,
  key: Key,
  verdict: "accepted" | "rejected",
  what: string,
): Promise<void> {
  const word = await said(bench, customer, key);
  must(word === verdict, `${what} to be ${verdict}`, word);
}

async function said(bench: Bench, customer: Admission, key: Key): Promise<string> {
  const connection = await bench.connect(customer);
  return wordOf(await outcomeOf(connection.verify(key), 5000));
}
