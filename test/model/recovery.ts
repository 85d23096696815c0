import { clearPending, currentKey, rotateSecret } from "./aws.js";
import { isReachable, type Violation } from "./invariants.js";
import { advance } from "./move.js";
import { serviceMove } from "./service.js";
import { alive, clone, dead, dying, type State } from "./state.js";
import { lookAgain } from "./steps/leak.js";
import { type Setting, World } from "./world.js";

/** RotateSecret is called this often at most, for this many rotations that succeed. */
const calls = 5;
const successes = 2;
const retries = 2;

/**
 * What becomes of a state when nothing goes wrong any more: every process is dead, no job fires, time passes, rotations run.
 * Must succeed and leave the keys of AWSCURRENT and AWSPREVIOUS alone.
 */
export function recoveryViolation(setting: Setting, from: State): Violation | undefined {
  const s = clone(from);
  const w = new World(setting, s, "favourable");
  Object.assign(s, { runners: [], commands: [], step: 0, running: 0, token: 0, ticks: 0 });
  s.budget.fill(0);
  let succeeded = 0;
  for (let call = 0; call < calls && succeeded < successes; call++) if (rotation(w)) succeeded++;
  if (succeeded < successes) return "stuck";
  if (w.on("P16.second")) for (let look = 0; look < 3 && !lookAgain(w); look++) rotation(w);
  timePasses(w);
  const held = [currentKey(s), s.versions[s.previous - 1]?.key ?? 0];
  const lives = s.keys.flatMap((key, index) => (key.status === alive ? [index + 1] : []));
  if (s.keys.some(({ status, leaked }) => status === alive && leaked === 1)) return "leak-uncontained";
  if (lives.some((id) => !held.includes(id) && !isBounded(setting, s, id))) return "orphan";
  return undefined;
}

/** An interval later: RotateSecret, and all steps. True when its token is current in the end. */
function rotation(w: World): boolean {
  const s = w.state;
  timePasses(w);
  if (s.pending !== 0 && s.pending === s.current) clearPending(w);
  s.retries = retries;
  rotateSecret(w);
  const { token } = s;
  for (let move = serviceMove(s); move; move = serviceMove(s)) {
    if (!move.act(w)) return false;
    for (let one = s.runners[0]; one; one = s.runners[0]) if (!advance(w, "runners", 0, one)) return false;
  }
  return s.current === token;
}

function timePasses(w: World): void {
  Object.assign(w.state, { overlap: 0, rollbackClaim: 0, jobClaim: 0 });
  w.state.keys.forEach(({ status }, index) => {
    if (status === dying) Object.assign(w.key(index + 1), { status: dead, forgotten: 0 });
  });
}

/** A key that its own lifetime ends (b): no version holds it, or none that can be read. */
function isBounded(setting: Setting, s: State, id: number): boolean {
  if (setting.kind !== "b") return false;
  return s.keys[id - 1]?.stored === 0 || (!setting.readable && !isReachable(s, id));
}
