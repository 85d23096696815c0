import type { Scenario } from "./scenario.js";
import type { Kind } from "./state.js";

/** Every rule on: nothing may be found, and every state within the budget is visited. */
const budgets: readonly (Pick<Scenario, "faults" | "ticks" | "jobs"> & { kinds?: string })[] = [
  { faults: {}, ticks: 2 },
  { faults: { death: 1 }, ticks: 2 },
  { faults: { death: 2, lost: 1 } },
  { faults: { death: 1, lost: 1, duplicate: 1 } },
  { faults: { put: 1, duplicate: 1 } },
  { faults: { put: 1, slow: 1, manual: 1 } },
  { faults: { abort: 1, duplicate: 1 } },
  { faults: { abort: 1, slow: 1 } },
  { faults: { rollback: 1, death: 1 } },
  { faults: { rollback: 1, leak: 1 } },
  { faults: { rollback: 1, job: 2 }, jobs: true },
  { faults: { job: 2, death: 1 }, jobs: true },
  { faults: { leak: 1, death: 1 } },
  { faults: { leak: 2 } },
  { faults: { leak: 1, duplicate: 1 }, kinds: "ab" },
  { faults: { leak: 1, slow: 1 }, kinds: "c" },
  { faults: { leak: 1, late: 1 }, kinds: "c" },
  { faults: { late: 1, duplicate: 1 } },
  { faults: { manual: 1, duplicate: 1 } },
  { faults: { manual: 2, kill: 1, death: 1 } },
  { faults: { dry: 1, leak: 1 } },
];

function soundOf(kind: Kind, readable: boolean): Scenario[] {
  return budgets
    .filter(({ kinds }) => kinds === undefined || kinds.includes(kind))
    .map(({ kinds: _, ...budget }) => ({
      ...{ name: "", kind, readable, off: [], expects: "none" as const, says: "all rules on" },
      ...budget,
    }));
}

/** Kind b is asked both ways: AWS may or may not let a version without labels be read. */
export const sound: readonly Scenario[] = [
  ...soundOf("a", false),
  ...soundOf("b", true),
  ...soundOf("b", false).filter(({ faults }) => "put" in faults || "abort" in faults),
  ...soundOf("c", false),
];
