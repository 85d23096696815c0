import type { Rule } from "./rules.js";
import type { Scenario } from "./scenario.js";
import type { Kind } from "./state.js";

/** What the shipped code lacks. */
const lacks: readonly Rule[] = ["P8.all"];

/** Nothing of it shows in these budgets. */
const unharmed = (["a", "b", "c"] satisfies Kind[]).flatMap((kind) =>
  [
    { death: 1, lost: 1, duplicate: 1 },
    { put: 1, duplicate: 1 },
    { manual: 1, duplicate: 1 },
  ].map(
    (faults): Scenario => ({
      ...{ name: "as shipped", kind, faults, off: lacks, expects: "none", readable: true },
      says: "the code as it is",
    }),
  ),
);

/** Where the shipped code lacks a part of a rule: what that allows. A row goes when the code is mended. */
export const shipped: readonly Scenario[] = [
  ...unharmed,
  {
    ...{
      name: "strays.ts",
      kind: "b",
      faults: { put: 1, slow: 1, manual: 1 },
      off: ["P8.all"],
      expects: "orphan",
      readable: true,
    },
    says: "a Put that comes late fills a version that keyturn.replaces leads past",
  },
];

/** What P19 could be instead: waived when the vendor refuses the current key. */
export const proposed: readonly Scenario[] = [
  {
    ...{ name: "P19 as it is", kind: "a", faults: { kill: 1, manual: 1 }, off: [], expects: "none" },
    says: "the overlap is kept when the current key has died",
  },
  {
    ...{
      name: "waiver.end",
      kind: "a",
      faults: { kill: 1, manual: 1 },
      off: [],
      expects: "last-working-ended",
    },
    ...{
      propose: ["waiver.end"],
      says: "the previous key, the last that works, is ended before there is another",
    },
  },
  {
    ...{ name: "waiver.keep", kind: "a", faults: { kill: 1, manual: 1 }, off: [], expects: "none" },
    ...{
      propose: ["waiver.keep"],
      says: "the previous key stays beside the new one, and the next sweep ends it",
    },
  },
  {
    ...{ name: "waiver.keep", kind: "b", faults: { kill: 1, manual: 1 }, off: ["P8.all"], expects: "orphan" },
    ...{
      propose: ["waiver.keep"],
      readable: true,
      says: "keyturn.replaces leads to the dead key, and nothing to the kept one",
    },
  },
];
