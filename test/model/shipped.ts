import type { Rule } from "./rules.js";
import type { Scenario } from "./scenario.js";
import type { Kind } from "./state.js";

/** What the shipped code lacks, all at once. */
const lacks: readonly Rule[] = ["P3.all", "P8.all", "P14.claim", "P17.previous", "P18.ever"];

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

/** Where the shipped code lacks a part of a rule: what that allows. Each goes when the code is mended. */
export const shipped: readonly Scenario[] = [
  ...unharmed,
  {
    ...{
      name: "set.ts",
      kind: "c",
      faults: { leak: 1, slow: 1 },
      off: ["P17.previous"],
      expects: "overlap-cut",
    },
    says: "a registration is undone whose version is AWSPREVIOUS by now",
  },
  {
    ...{
      name: "create.ts",
      kind: "a",
      faults: { put: 1, late: 1 },
      off: ["P18.ever"],
      expects: "stuck",
    },
    says: "an old tick takes up a version whose label a plain Put took: its key is kept, and never promoted",
  },
  {
    ...{
      name: "create.ts",
      kind: "c",
      faults: { put: 1, late: 1 },
      off: ["P18.ever"],
      expects: "stuck",
    },
    says: "the same; dead, its key is registered again",
  },
  {
    ...{ name: "create.ts", kind: "c", faults: { late: 1 }, off: ["P18.ever"], expects: "stuck" },
    says: "without a Put there is no room to register its dead key, and it is never given up",
  },
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
  {
    ...{
      name: "strays.ts",
      kind: "a",
      faults: { manual: 2, kill: 1, death: 1 },
      off: ["P3.all"],
      expects: "three-live",
    },
    says: "a later key proves no earlier death when AWSCURRENT was dead: there was room for it",
  },
  {
    ...{
      name: "(no claims)",
      kind: "a",
      faults: { rollback: 1 },
      off: ["P14.claim"],
      expects: "current-dead",
    },
    says: "no step respects a rollback's claim yet; there is no rollback command either",
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
