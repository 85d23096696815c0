import {
  beginDryRun,
  currentKey,
  isLabelled,
  isRotatable,
  putCurrent,
  rotateSecret,
  startSteps,
  stepEnded,
  tryAgain,
} from "./aws.js";
import { advance, type Move } from "./move.js";
import { atomAt } from "./programs.js";
import { alive, dying, type Fault, faults, noLocals, type Process, type State, steps } from "./state.js";
import { k, v, type World } from "./world.js";

/** What may go wrong here, as far as the budget has it. Lost answers are decided where the answer would come. */
export function* faultMoves(s: State): Generator<Move> {
  const left = (fault: Fault) => (s.budget[faults.indexOf(fault)] ?? 0) > 0;
  if (left("death")) yield* deaths(s);
  if (left("slow")) {
    for (const [index, one] of s.runners.entries()) if (one.official === 1) yield slow(index);
  }
  if (left("duplicate") && s.runners.length < 2) yield* duplicates(s);
  if (left("put")) yield strike("put", "someone writes the current value once more (plain Put)", plainPut);
  if (left("kill") && s.keys[currentKey(s) - 1]?.status === alive)
    yield strike("kill", "the vendor ends the current key", kill);
  if (left("manual") && s.step === 0 && isRotatable(s))
    yield strike("manual", "someone rotates by hand", manual);
  if (left("late")) yield* lateTicks(s);
  if (left("dry") && s.step === 0 && s.pending === 0)
    yield strike("dry", "someone asks for a dry run", dryRun);
  if (s.commands.length === 0) yield* commands(s, left);
}

function strike(fault: Fault, says: string, act: (w: World) => boolean): Move {
  return {
    says,
    act: (w) => {
      const index = faults.indexOf(fault);
      w.state.budget[index] = (w.state.budget[index] ?? 0) - 1;
      return act(w);
    },
  };
}

function* deaths(s: State): Generator<Move> {
  for (const [index, one] of s.runners.entries()) {
    yield strike(
      "death",
      `${one.at.split(".")[0]}Secret(${v(one.token)}) dies before it ${atomAt(one.at).says}`,
      (w) => {
        w.state.runners.splice(index, 1);
        if (one.official === 1) stepEnded(w, false);
        return true;
      },
    );
  }
  for (const index of s.commands.keys()) {
    yield strike("death", "the command dies", (w) => {
      w.state.commands.splice(index, 1);
      return true;
    });
  }
}

function manual(w: World): boolean {
  rotateSecret(w);
  return true;
}

function dryRun(w: World): boolean {
  w.note(`${v(beginDryRun(w))} with the current key becomes AWSPENDING`);
  return true;
}

/** AWS's patience ends, the invocation goes on. */
function slow(index: number): Move {
  return strike("slow", "AWS waits no longer for the running step", (w) => {
    const one = w.state.runners[index];
    if (!one) return false;
    w.state.runners[index] = { ...one, official: 0 };
    w.state.running = 0;
    tryAgain(w.state);
    return true;
  });
}

/** A second invocation of a step that was invoked before. */
function* duplicates(s: State): Generator<Move> {
  for (const [index, version] of s.versions.entries()) {
    for (let step = 1; step <= version.reached; step++) {
      const token = index + 1;
      const name = steps[step] ?? "";
      yield strike("duplicate", `a duplicate of ${name}Secret(${v(token)}) arrives`, (w) => {
        if (step === 2 && w.setting.kind !== "c") return false;
        const process: Process = { ...noLocals, at: `${name}.look`, token, official: 0, old: 0 };
        w.state.runners.push(process);
        return advance(w, "runners", w.state.runners.length - 1, process);
      });
    }
  }
}

function plainPut(w: World): boolean {
  const version = putCurrent(w, w.state.current);
  w.note(`${v(version)} with ${k(w.version(version).key)} is AWSCURRENT`);
  return true;
}

function kill(w: World): boolean {
  const key = w.key(currentKey(w.state));
  key.status = dying;
  key.killed = 1;
  return true;
}

/** Scheduler delivers an old tick again, and AWS takes the token, whose version exists (P18). */
function* lateTicks(s: State): Generator<Move> {
  if (s.pending !== 0 || s.step !== 0 || !isRotatable(s)) return;
  for (const [index, version] of s.versions.entries()) {
    const token = index + 1;
    if (version.been === 0 || version.copyFor !== 0 || token === s.current) continue;
    yield strike("late", `an old tick is delivered again: ${v(token)} becomes AWSPENDING`, (w) => {
      w.state.pending = token;
      startSteps(w.state, token);
      return true;
    });
  }
}

function* commands(s: State, left: (fault: Fault) => boolean): Generator<Move> {
  const command = (fault: Fault, says: string, first: (w: World) => string, locals: Partial<Process> = {}) =>
    strike(fault, says, (w) => {
      const process: Process = { ...noLocals, ...locals, at: first(w), token: 0, official: 0, old: 0 };
      w.state.commands.push(process);
      return advance(w, "commands", 0, process);
    });
  if (left("abort") && s.pending !== 0 && s.pending !== s.current)
    yield command("abort", "abort command", () => "abortCommand.look");
  if (left("rollback")) yield command("rollback", "rollback command", () => "rollback.look");
  if (left("leak")) {
    for (const [index, { key }] of s.versions.entries()) {
      const version = index + 1;
      if (key === 0 || !isLabelled(s, version) || (s.marks & (1 << version)) !== 0) continue;
      const first = (w: World) => (w.on("P15.order") ? "leak.mark" : "leak.look");
      yield command("leak", `leak command for ${v(version)}`, first, { previous: version, key });
    }
  }
  if (left("job")) {
    for (const index of s.versions.keys()) {
      const version = index + 1;
      if ((s.arranged & (1 << version)) === 0) continue;
      yield command("job", `the job for ${v(version)} fires`, () => "job.look", { previous: version });
    }
  }
}
