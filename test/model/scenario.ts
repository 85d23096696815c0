import { type Exploration, explore } from "./explore.js";
import type { Violation } from "./invariants.js";
import { type Proposal, type Rule, type Rules, ruleTexts } from "./rules.js";
import { type Fault, initialState, type Kind } from "./state.js";
import type { Setting } from "./world.js";

/** One run of the model, and what it must find. */
export interface Scenario {
  /** The violation of V1 to V28 that it shows, or a name of its own. */
  readonly name: string;
  readonly kind: Kind;
  readonly faults: Partial<Record<Fault, number>>;
  readonly off: readonly Rule[];
  readonly expects: Violation | "none";
  /** What it shows. */
  readonly says: string;
  readonly ticks?: number;
  readonly jobs?: boolean;
  readonly readable?: boolean;
  readonly propose?: readonly Proposal[];
}

export interface Result {
  readonly scenario: Scenario;
  readonly exploration: Exploration;
  /** It found what it must. */
  readonly asExpected: boolean;
}

/** Tries of one rotation after the first. */
const retries = 2;
/** No scenario needs as many: one that does has outgrown the model. */
const maxStates = 250_000;

export function run(scenario: Scenario): Result {
  const { expects } = scenario;
  const exploration = explore({
    setting: settingOf(scenario),
    start: initialState(scenario.ticks ?? 1, retries, scenario.faults),
    maxStates,
    ...(expects === "none" ? {} : { only: [expects] }),
  });
  const found = exploration.found?.violation ?? "none";
  return {
    scenario,
    exploration,
    asExpected: found === expects && (found !== "none" || exploration.exhausted),
  };
}

export function settingOf({ kind, off, propose = [], jobs = false, readable = false }: Scenario): Setting {
  const proposals: Record<Proposal, boolean> = { "waiver.end": false, "waiver.keep": false };
  for (const name of propose) proposals[name] = true;
  return { kind, rules: rulesWithout(off), proposals, jobs, readable };
}

function rulesWithout(off: readonly Rule[]): Rules {
  const rules: Record<string, boolean> = {};
  for (const name of Object.keys(ruleTexts)) rules[name] = !off.some((one) => one === name);
  return complete(rules);
}

function complete(rules: Readonly<Record<string, boolean>>): Rules {
  const has = (given: Readonly<Record<string, boolean>>): given is Rules =>
    Object.keys(ruleTexts).every((name) => name in given);
  if (!has(rules)) throw new Error("a rule without a switch");
  return rules;
}

export function faultsText(faults: Scenario["faults"]): string {
  const parts = Object.entries(faults).map(([fault, count]) => (count === 1 ? fault : `${count} ${fault}`));
  return parts.length === 0 ? "no fault" : parts.join(", ");
}
