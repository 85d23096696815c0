import { isViolation, stateViolations, type Violation } from "./invariants.js";
import { moves } from "./moves.js";
import { recoveryViolation } from "./recovery.js";
import { encode, encodeWorld, type State } from "./state.js";
import { eachOutcome, type Setting, type World } from "./world.js";

/** One action of a trace. */
export interface Told {
  readonly who: string;
  readonly what: string;
  /** AWS or the vendor are not as before, or a process has ended. */
  readonly matters: boolean;
}

export interface Found {
  readonly violation: Violation;
  readonly trace: readonly Told[];
}

export interface Exploration {
  readonly states: number;
  readonly depth: number;
  /** Every state within the budget was visited. */
  readonly exhausted: boolean;
  readonly found: Found | undefined;
  /** Most keys that were live at once, the inherent limits' included. */
  readonly mostLive: number;
}

export interface Question {
  readonly setting: Setting;
  readonly start: State;
  /** What is looked for. Absent: everything. */
  readonly only?: readonly Violation[];
  readonly maxStates: number;
}

/** Breadth first, so that what is found first has a shortest trace. Stops at the first violation. */
export function explore({ setting, start, only, maxStates }: Question): Exploration {
  const seen = new Set([encode(start)]);
  const parents: number[] = [-1];
  const turns: number[] = [-1];
  const recovered = new Map<string, Violation | undefined>();
  const matters = (one: Violation) => !only || only.includes(one);
  const recovers = (["stuck", "orphan", "leak-uncontained"] as const).some(matters);
  let level: { id: number; state: State }[] = [{ id: 0, state: start }];
  let depth = 0;
  let mostLive = 0;
  let found: { id: number; violation: Violation } | undefined;

  const violationIn = (w: World): Violation | undefined => {
    const breach =
      w.breaches.filter(isViolation).find(matters) ?? stateViolations(setting, w.state).find(matters);
    if (breach || !recovers) return breach;
    const text = encodeWorld(w.state);
    if (!recovered.has(text)) recovered.set(text, recoveryViolation(setting, w.state));
    const after = recovered.get(text);
    return after && matters(after) ? after : undefined;
  };

  for (; level.length > 0 && seen.size < maxStates; depth++) {
    const next: typeof level = [];
    for (const { id, state } of level) {
      let turn = -1;
      for (const move of moves(state)) {
        eachOutcome(setting, state, move.act, (w, happened) => {
          turn++;
          if (!happened || found) return;
          const text = encode(w.state);
          const violation = w.breaches.length > 0 || !seen.has(text) ? violationIn(w) : undefined;
          if (seen.has(text) && !violation) return;
          seen.add(text);
          parents.push(id);
          turns.push(turn);
          const child = parents.length - 1;
          mostLive = Math.max(mostLive, liveKeys(w.state));
          if (violation) found = { id: child, violation };
          else next.push({ id: child, state: w.state });
        });
        if (found) break;
      }
      if (found) break;
    }
    level = found ? [] : next;
  }
  const states = seen.size;
  if (!found) return { states, depth, exhausted: level.length === 0, found: undefined, mostLive };
  const path: number[] = [];
  for (let id = found.id; id > 0; id = parents[id] ?? 0) path.unshift(turns[id] ?? 0);
  const trace = replay(setting, start, path);
  return { states, depth, exhausted: false, found: { violation: found.violation, trace }, mostLive };
}

/** The same turns once more, in words. */
function replay(setting: Setting, start: State, path: readonly number[]): Told[] {
  let state = start;
  return path.map((wanted) => {
    let turn = -1;
    let told: Told = { who: "", what: "", matters: false };
    let after = state;
    for (const move of moves(state)) {
      eachOutcome(setting, state, move.act, (w) => {
        turn++;
        if (turn !== wanted) return;
        const what = w.notes.filter((note) => note !== "").join(", ");
        const matters = encodeWorld(w.state) !== encodeWorld(state) || count(w.state) < count(state);
        told = { who: move.says, what, matters };
        after = w.state;
      });
    }
    state = after;
    return told;
  });
}

const count = ({ runners, commands }: State) => runners.length + commands.length;

function liveKeys(s: State): number {
  return s.keys.filter(({ status }) => status === 1 || status === 2).length;
}
