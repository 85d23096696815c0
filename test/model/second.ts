import type { Scenario } from "./scenario.js";

/** Second lines: off alone nothing breaks in the bound, because another rule stands behind; off together something does. */
export const second: readonly Scenario[] = [
  {
    ...{
      name: "P5.readback",
      kind: "a",
      faults: { lost: 1, duplicate: 1 },
      off: ["P5.readback"],
      expects: "none",
    },
    says: "a key that a version holds is not compensated",
  },
  {
    ...{ name: "P5.held", kind: "a", faults: { lost: 1, duplicate: 1 }, off: ["P5.held"], expects: "none" },
    says: "what is read back is never compensated",
  },
  {
    ...{
      name: "P5.readback + P5.held",
      kind: "a",
      faults: { lost: 1 },
      off: ["P5.readback", "P5.held"],
      expects: "held-retired",
    },
    says: "neither",
  },
  {
    ...{
      name: "P6.status",
      kind: "a",
      faults: { death: 1, lost: 1, duplicate: 1 },
      off: ["P6.status"],
      expects: "none",
    },
    says: "no staged key is ended, so none is dying (with P5 off: V3)",
  },
  {
    ...{
      name: "P11.previous",
      kind: "b",
      faults: { abort: 1, death: 1 },
      off: ["P11.previous"],
      expects: "none",
      readable: true,
    },
    says: "the history sweeps it",
  },
  {
    ...{
      name: "P11.previous + P8.history",
      kind: "b",
      faults: { abort: 1 },
      off: ["P11.previous", "P8.history"],
      expects: "orphan",
      readable: true,
    },
    says: "neither",
  },
  {
    ...{ name: "P12.look", kind: "a", faults: { abort: 1, slow: 1 }, off: ["P12.look"], expects: "none" },
    says: "it narrows V13, which P7 ends",
  },
  {
    ...{ name: "P16.after", kind: "a", faults: { leak: 1, death: 1 }, off: ["P16.after"], expects: "none" },
    says: "the second look ends the key, later",
  },
  {
    ...{ name: "P15.order", kind: "a", faults: { leak: 1, death: 1 }, off: ["P15.order"], expects: "none" },
    says: "the second look again",
  },
  {
    ...{ name: "P15.refuse", kind: "a", faults: { leak: 1, death: 1 }, off: ["P15.refuse"], expects: "none" },
    says: "the leaked key becomes current, and the second look has it rotated",
  },
  {
    ...{ name: "P17.undo", kind: "c", faults: { leak: 1, death: 1 }, off: ["P17.undo"], expects: "none" },
    says: "the sweep and the second confirmation end it (with both off: V20)",
  },
  {
    ...{
      name: "P18.returned",
      kind: "a",
      faults: { late: 1, duplicate: 1 },
      off: ["P18.returned"],
      expects: "none",
    },
    says: "the staged value replaces another version than the current one (with both off: V26)",
  },
  {
    ...{
      name: "code.later",
      kind: "a",
      faults: { put: 1, duplicate: 1 },
      off: ["code.later"],
      expects: "none",
    },
    says: "an ended key only counts for longer",
  },
  {
    ...{
      name: "P8.all",
      kind: "b",
      faults: { put: 1, abort: 1, death: 1 },
      off: ["P8.all"],
      expects: "none",
      readable: true,
    },
    says: "without a late Put, no older version holds a living key",
  },
  {
    ...{
      name: "code.setSweep",
      kind: "c",
      faults: { abort: 1, slow: 1 },
      off: ["code.setSweep"],
      expects: "none",
    },
    says: "a registration that comes late is undone by its maker",
  },
  {
    ...{
      name: "code.setSweep + P17.undo",
      kind: "c",
      faults: { put: 1, slow: 1, manual: 1 },
      expects: "stuck",
    },
    off: ["code.setSweep", "P17.undo"],
    says: "a late registration takes a place between createSecret and setSecret, for ever",
  },
];
