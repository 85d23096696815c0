import { expect, test } from "vitest";
import { broken } from "./broken.js";
import { moves } from "./moves.js";
import { type Rule, ruleTexts } from "./rules.js";
import { run, type Scenario, settingOf } from "./scenario.js";
import { notModelled, tables } from "./scenarios.js";
import { encode, encodeWorld, initialState, type Kind, noLocals, type State } from "./state.js";
import { eachOutcome } from "./world.js";

const everyRuleOn = { name: "", off: [], expects: "none", says: "" } as const;

test.each<Pick<Scenario, "kind" | "faults"> & { readonly readable?: boolean }>([
  { kind: "a", faults: { death: 1, lost: 1 } },
  { kind: "a", faults: { put: 1, death: 1 } },
  { kind: "b", faults: { death: 1, lost: 1 } },
  { kind: "b", faults: { put: 1, abort: 1 }, readable: true },
  { kind: "c", faults: { death: 1, lost: 1 } },
  { kind: "c", faults: { rollback: 1, death: 1 } },
])("with every rule on, kind $kind keeps all invariants under $faults", (given) => {
  const { exploration } = run({ ...everyRuleOn, ...given });
  expect(exploration.found).toBeUndefined();
  expect(exploration.exhausted).toBe(true);
  expect(exploration.states).toBeGreaterThan(300);
});

const quick = ["V1", "V2", "V3", "V7", "V8", "V9", "V14", "V15", "V19", "V22", "V27", "V28"];
test.each(broken.filter(({ name, kind }) => quick.includes(name) && kind !== "c"))(
  "$name: without $off, kind $kind breaks $expects",
  (row) => {
    const { exploration, asExpected } = run(row);
    expect(exploration.found?.violation).toBe(row.expects);
    expect(exploration.found?.trace.length).toBeGreaterThan(0);
    expect(asExpected).toBe(true);
  },
);

test("what a run finds and what it must find are compared", () => {
  const [row] = broken;
  if (!row) throw new Error("no row");
  expect(run({ ...row, off: [] }).asExpected).toBe(false);
  expect(run({ ...row, expects: "none" }).asExpected).toBe(false);
});

test("every rule is switched off by some run, and every V-row is shown or said to be out of reach", () => {
  const off = new Set<Rule>(tables.flatMap(({ rows }) => rows.flatMap((row) => row.off)));
  expect(Object.keys(ruleTexts).filter((name) => ![...off].some((one) => one === name))).toEqual([]);
  const shown = new Set([...broken.map(({ name }) => name), ...Object.keys(notModelled)]);
  const rows = Array.from({ length: 28 }, (_, index) => `V${index + 1}`);
  expect(rows.filter((name) => !shown.has(name))).toEqual([]);
});

test("whatever differs in two states, their texts differ", () => {
  const process = { ...noLocals, at: "create.put", token: 3, official: 1, old: 0 };
  const state: State = {
    ...initialState(1, 2, { death: 1 }),
    runners: [process, { ...process, at: "create.find", token: 2 }],
    commands: [{ ...process, at: "leak.act" }],
  };
  const json = JSON.stringify(state);
  const numbers = json.match(/\d+/g)?.length ?? 0;
  const changed = new Set<string>();
  for (let wanted = 0; wanted < numbers; wanted++) {
    let at = 0;
    const other: State = JSON.parse(json, (_, value) =>
      typeof value === "number" && at++ === wanted ? value + 1 : value,
    );
    expect(plain(other)).not.toBe(plain(state));
    expect(encode(other), plain(other)).not.toBe(encode(state));
    changed.add(encode(other));
  }
  expect(changed.size).toBe(numbers);
  expect(encode({ ...state, commands: [{ ...process, at: "leak.look" }] })).not.toBe(encode(state));
  expect(encode({ ...state, runners: state.runners.toReversed() })).toBe(encode(state));
});

/** Every state within a budget, without the explorer's own set of texts. */
function* walk(kind: Kind, faults: Scenario["faults"]): Generator<State> {
  const setting = settingOf({ ...everyRuleOn, kind, faults });
  const seen = new Set<string>();
  const open: State[] = [initialState(1, 2, faults)];
  for (let state = open.pop(); state; state = open.pop()) {
    const text = plain(state);
    if (seen.has(text)) continue;
    seen.add(text);
    yield state;
    for (const move of moves(state)) {
      eachOutcome(setting, state, move.act, (w, happened) => {
        if (happened) open.push(w.state);
      });
    }
  }
}

/** A state in full; the order of the two invocations means nothing. */
function plain(state: State): string {
  return JSON.stringify({ ...state, runners: state.runners.map((one) => JSON.stringify(one)).sort() });
}

test.each<Kind>(["a", "b", "c"])("kind %s: two different states never have one text", (kind) => {
  const texts = new Map<string, string>();
  const worlds = new Map<string, string>();
  for (const state of walk(kind, { duplicate: 1 })) {
    const known = texts.get(encode(state));
    if (known !== undefined && known !== plain(state)) expect(known).toBe(plain(state));
    texts.set(encode(state), plain(state));
    // What recovery starts from: everything but processes, AWS's calls and budgets.
    const { runners: _r, commands: _c, token: _t, step: _s, running: _n, retries: _e, ...rest } = state;
    const world = JSON.stringify({ ...rest, ticks: 0, budget: [] });
    const other = worlds.get(encodeWorld(state));
    if (other !== undefined && other !== world) expect(other).toBe(world);
    worlds.set(encodeWorld(state), world);
  }
  expect(texts.size).toBeGreaterThan(1000);
  expect(worlds.size).toBeGreaterThan(10);
  expect(new Set(texts.values()).size).toBe(texts.size);
});
