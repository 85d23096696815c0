import type { Scenario } from "./scenario.js";

/** One rule (or part) off: the violation that it prevents must be found. V1 to V28 are those that the rules were made against. */
export const broken: readonly Scenario[] = [
  {
    ...{ name: "V1", kind: "a", faults: {}, off: ["P3.wait"], expects: "three-live" },
    says: "a key that was just retired is still accepted when the next one is minted",
  },
  {
    ...{ name: "V2", kind: "a", faults: { death: 2 }, off: ["P3.find"], expects: "three-live" },
    says: "a dying orphan is listed no more, and not counted",
  },
  {
    ...{ name: "V3", kind: "a", faults: { lost: 1 }, expects: "current-dead" },
    off: ["P5.readback", "P5.held", "P6.status"],
    says: "the key of a Put whose answer was lost is compensated; dying, it passes the test",
  },
  {
    ...{ name: "V3", kind: "b", faults: { lost: 1 }, expects: "stuck" },
    off: ["P5.readback", "P5.held", "P7.exit"],
    says: "the same, and the staged value can never be replaced",
  },
  {
    ...{ name: "V4", kind: "a", faults: { duplicate: 1 }, off: ["P4.fence"], expects: "current-dead" },
    says: "a second run takes the first one's new key for an orphan",
  },
  {
    ...{ name: "V5", kind: "c", faults: { duplicate: 1 }, off: ["P4.recheck"], expects: "current-dead" },
    says: "the same for a registered key: what the labels held was read before the list",
  },
  {
    ...{ name: "V6", kind: "a", faults: { duplicate: 1 }, off: ["P1.ids"], expects: "overlap-cut" },
    says: "AWSPREVIOUS is read by its label, after another run has moved it",
  },
  {
    ...{ name: "V7", kind: "a", faults: { put: 1 }, off: ["P2.handle"], expects: "current-dead" },
    says: "a plain Put leaves one key under both labels",
  },
  {
    ...{ name: "V8", kind: "b", faults: { put: 1 }, off: ["P8.history"], expects: "orphan", readable: true },
    says: "a version loses its label, and nobody ends its key",
  },
  {
    ...{ name: "V9", kind: "a", faults: { death: 1 }, off: ["P9.attempt"], expects: "stuck" },
    says: "the idempotency key is that of the attempt that died: a conflict for ever",
  },
  {
    ...{
      name: "V9",
      kind: "a",
      faults: { death: 1 },
      off: ["P9.attempt", "P9.nonce", "P7.exit"],
      expects: "stuck",
    },
    says: "without the nonce the dead key is replayed, and staged",
  },
  {
    ...{ name: "V10", kind: "a", faults: { duplicate: 1 }, off: ["P9.idempotency"], expects: "three-live" },
    says: "two runs find nothing, and both mint",
  },
  {
    ...{
      name: "V11",
      kind: "a",
      faults: { abort: 1, duplicate: 1 },
      off: ["P11.hard"],
      expects: "current-dead",
    },
    says: "an abort takes AWSPENDING off, and a finish in flight moves AWSCURRENT all the same",
  },
  {
    ...{
      name: "V12",
      kind: "a",
      faults: { duplicate: 1 },
      off: ["P10.abandoned"],
      expects: "overlap-cut",
      ticks: 2,
    },
    says: "a late duplicate finds its version AWSPREVIOUS and ends that key",
  },
  {
    ...{ name: "V13", kind: "a", faults: { abort: 1, slow: 1, manual: 1 }, expects: "stuck" },
    off: ["P7.exit", "P12.look", "P18.ever"],
    says: "a late Put brings AWSPENDING back to an abandoned token, whose key is ended as an orphan",
  },
  {
    ...{
      name: "V14",
      kind: "a",
      faults: { rollback: 1, job: 2 },
      off: ["P13.claim"],
      expects: "current-dead",
      jobs: true,
    },
    says: "the job retires the key that a rollback is going back to",
  },
  {
    ...{ name: "V15", kind: "a", faults: { rollback: 1 }, off: ["P14.claim"], expects: "current-dead" },
    says: "createSecret retires the key that a rollback is going back to",
  },
  {
    ...{ name: "V16", kind: "a", faults: { rollback: 1 }, expects: "old-promoted" },
    off: ["P14.pending", "P18.returned", "P18.ever", "code.from"],
    says: "AWS has not cleared AWSPENDING yet: it re-attempts the version that was rolled back",
  },
  {
    ...{ name: "V17", kind: "a", faults: { leak: 1 }, off: ["P15.pending"], expects: "current-dead" },
    says: "the leaked pending key becomes current between look and retire",
  },
  {
    ...{ name: "V18", kind: "a", faults: { leak: 1 }, off: ["P16.second"], expects: "leak-uncontained" },
    says: "the mark comes when every look at the marks is over, and nobody looks again",
  },
  {
    ...{
      name: "V19",
      kind: "a",
      faults: { death: 1 },
      off: ["P16.arrange"],
      expects: "end-not-arranged",
      jobs: true,
    },
    says: "death after the flip, which AWS counts as success",
  },
  {
    ...{
      name: "V20",
      kind: "c",
      faults: { leak: 1, slow: 1 },
      off: ["P17.undo", "P17.twice"],
      expects: "revived",
    },
    says: "a late registration makes a leaked key live again, after its death was seen",
  },
  {
    ...{ name: "V21", kind: "a", faults: { leak: 1, put: 1 }, off: ["P2.handle"], expects: "current-dead" },
    says: "the leaked previous version holds the current key",
  },
  {
    ...{ name: "V22", kind: "a", faults: { leak: 1, death: 1 }, off: ["P7.exit"], expects: "stuck" },
    says: "a marked staged version is refused for ever",
  },
  {
    ...{ name: "V23", kind: "a", faults: { leak: 2 }, off: ["P15.name"], expects: "leak-uncontained" },
    says: "the one label of all marks moves on, and the first leak is forgotten",
  },
  {
    ...{ name: "V24", kind: "a", faults: { leak: 1, death: 1 }, off: ["P2.labels"], expects: "stuck" },
    says: "a mark makes an abandoned version hold its key, which then takes a place for ever",
  },
  {
    ...{
      name: "V26",
      kind: "a",
      faults: { late: 1 },
      off: ["P18.returned", "P18.ever", "code.from"],
      expects: "old-promoted",
    },
    says: "an old tick is delivered again and its version, AWSPREVIOUS, made current",
  },
  {
    ...{ name: "V27", kind: "a", faults: { manual: 1 }, off: ["P19.overlap"], expects: "overlap-cut" },
    says: "a rotation by hand right after another ends the previous key",
  },
  {
    ...{ name: "V28", kind: "a", faults: { dry: 1, leak: 1 }, off: ["P2.handle"], expects: "current-dead" },
    says: "the dry run's version holds the current key, and is aborted as a leaked pending one",
  },
  {
    ...{ name: "V28", kind: "a", faults: { dry: 1, duplicate: 1 }, expects: "current-dead" },
    off: ["P10.abandoned", "P2.guard"],
    says: "a step that comes too late ends the key of the dry run's version",
  },
  {
    ...{
      name: "P2.guard",
      kind: "a",
      faults: { leak: 1, manual: 1 },
      off: ["P2.guard"],
      expects: "current-dead",
    },
    says: "a leaked pending key became current during the abort",
  },
  {
    ...{ name: "P3.count", kind: "a", faults: { duplicate: 1 }, off: ["P3.count"], expects: "three-live" },
    says: "a duplicate makes one more",
  },
  {
    ...{
      name: "P4.recheck",
      kind: "a",
      faults: { duplicate: 1, lost: 1 },
      off: ["P4.recheck"],
      expects: "current-dead",
    },
    says: "the fence alone: the key is stored between the list and the retire",
  },
  {
    ...{ name: "P4.own", kind: "a", faults: { death: 1 }, off: ["P4.own"], expects: "stuck" },
    says: "the key of a run that died takes a place for ever",
  },
  {
    ...{
      name: "P9.nonce",
      kind: "a",
      faults: { duplicate: 1, lost: 1 },
      off: ["P9.nonce"],
      expects: "held-retired",
    },
    says: "a replay gives two runs one key, and one of them compensates it",
  },
  {
    ...{
      name: "code.setCount",
      kind: "c",
      faults: { put: 1, slow: 1, manual: 1 },
      off: ["code.setCount"],
      expects: "three-live",
    },
    says: "setSecret registers a third key",
  },
  {
    ...{
      name: "code.outwait",
      kind: "c",
      faults: { put: 1, duplicate: 1 },
      off: ["code.outwait"],
      expects: "three-live",
    },
    says: "GitHub lists an ended key no more, and the next is registered at once",
  },
  {
    ...{
      name: "P12.abort",
      kind: "a",
      faults: { leak: 1, manual: 1 },
      off: ["P12.abort"],
      expects: "current-dead",
    },
    says: "an abort puts what it read before it waited for the previous key's death",
  },
  {
    ...{
      name: "P17.previous",
      kind: "c",
      faults: { leak: 1, slow: 1 },
      off: ["P17.previous"],
      expects: "overlap-cut",
    },
    says: "a registration is undone whose version is AWSPREVIOUS by now",
  },
  {
    ...{
      name: "P18.ever",
      kind: "a",
      faults: { put: 1, late: 1 },
      off: ["P18.ever"],
      expects: "stuck",
    },
    says: "an old tick takes up a version whose label a plain Put took: its key is kept, and never promoted",
  },
  {
    ...{
      name: "P3.all",
      kind: "a",
      faults: { manual: 2, kill: 1, death: 1 },
      off: ["P3.all"],
      expects: "three-live",
    },
    says: "a later key proves no earlier death when AWSCURRENT was dead: there was room for it",
  },
];
