import { clearPending, rotateSecret } from "./aws.js";
import { advance, type Move } from "./move.js";
import { clearStep, dead, dying, noLocals, type Process, type State, steps } from "./state.js";
import { v, type World } from "./world.js";

/** AWS's side of a rotation, one thing at a time: the next step, or the end. */
export function serviceMove(s: State): Move | undefined {
  if (s.step === clearStep) return clear;
  if (s.step === 0 || s.running === 1 || s.runners.length >= 2) return undefined;
  return nextStep(s);
}

const clear: Move = {
  says: "AWS",
  act: (w) => {
    clearPending(w);
    return true;
  },
};

/** AWS invokes the function; the invocation begins with its first action. */
const nextStep = (s: State): Move => ({
  says: `${steps[s.step]}Secret(${v(s.token)})`,
  act: (w) => start(w, steps[s.step] ?? ""),
});

function start(w: World, name: string): boolean {
  const s = w.state;
  const version = w.version(s.token);
  version.reached = Math.max(version.reached, s.step);
  s.running = 1;
  const process: Process = { ...noLocals, at: `${name}.look`, token: s.token, official: 1, old: 0 };
  s.runners.push(process);
  return advance(w, "runners", s.runners.length - 1, process);
}

/** Scheduler's tick: an interval has passed, and with it the overlap and the deaths before it (design.md, section 5). */
export const tick: Move = {
  says: "tick",
  act: (w) => {
    const s = w.state;
    s.ticks--;
    s.keys.forEach(({ past, status }, index) => {
      if (s.overlap === 1 && past === 1 && status === dying) w.key(index + 1).status = dead;
    });
    s.overlap = 0;
    rotateSecret(w);
    return true;
  },
};
