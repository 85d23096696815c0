import { makeKey, newLabel, type Probe, recordOf } from "../bench.js";
import { must } from "../check.js";

export const truthful: Probe = async (bench) => {
  const { facts, id } = bench.subject.provider;
  must(bench.truth().length === 0, "no keys at first", `${bench.truth().length}`);
  const customer = bench.admit();
  const label = newLabel();
  const { handle } = await makeKey(bench, customer, label);
  bench.advance(facts.settleSeconds);
  const made = recordOf(bench, handle);
  must(
    made?.live === true && !made.retired,
    `keys() to have the key that was made for ${id}, alive`,
    said(made),
  );
  const { find } = await bench.connect(customer);
  must(
    !find || made.label === label,
    "keys() to have the key's label, as its vendor can list it",
    "another label",
  );
  await (await bench.connect(customer)).retire({ ...(await makeKey(bench, customer)) });
  mustRefuse(() => bench.vendor.set("conformance-no-such-setting", true), "set() of an unknown setting");
  mustRefuse(() => bench.vendor.admit("conformance/no-such-provider"), "admit() for an unknown provider");
  bench.vendor.reset();
  must(bench.truth().length === 0, "no keys after reset()", `${bench.truth().length}`);
};

function said(record: ReturnType<typeof recordOf>): string {
  if (!record) return "no such key";
  return `${record.live ? "alive" : "dead"}${record.retired ? ", retired" : ""}`;
}

function mustRefuse(act: () => unknown, what: string): void {
  let refused = false;
  try {
    act();
  } catch (error) {
    refused = error instanceof RangeError;
  }
  must(refused, `${what} to throw a RangeError`, "none");
}
