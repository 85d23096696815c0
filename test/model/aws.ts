import { clearStep, dying, finishStep, type State, testStep } from "./state.js";
import { v, type World } from "./world.js";

/** Secrets Manager: labels and versions. Each function is one request, or reads what one request has shown. */

export type Standing = "pending" | "current" | "returned" | "previous" | "abandoned";

/** As services/rotation/labels.ts has it. */
export function standing(s: State, token: number): Standing {
  if (s.current === token) return "current";
  if (s.previous === token) return s.pending === token ? "returned" : "previous";
  return s.pending === token ? "pending" : "abandoned";
}

/** The key of a version; 0 when it has none, or lost its labels and AWS refuses to read it. */
export function read(w: World, version: number): number {
  if (version === 0) return 0;
  return isLabelled(w.state, version) || w.setting.readable ? (w.state.versions[version - 1]?.key ?? 0) : 0;
}

export function isLabelled(s: State, version: number): boolean {
  const { current, pending, previous, rollbackClaim, jobClaim } = s;
  const labelled = [current, pending, previous, rollbackClaim, jobClaim].includes(version);
  return labelled || (s.marks & (1 << version)) !== 0;
}

/** True when a version with this key carries a leak mark (P15). */
export function isMarked(s: State, key: number): boolean {
  if (key === 0 || s.marks === 0) return false;
  return s.versions.some((one, index) => one.key === key && (s.marks & (1 << (index + 1))) !== 0);
}

/** Key of the AWSCURRENT version. */
export function currentKey(s: State): number {
  return s.versions[s.current - 1]?.key ?? 0;
}

/** Key of the AWSPENDING version; 0 when there is none. */
export function pendingKey(s: State): number {
  return s.versions[s.pending - 1]?.key ?? 0;
}

/** True when a version in use holds the key: what P2 protects. */
export function isHeld(w: World, key: number): boolean {
  return key !== 0 && (currentKey(w.state) === key || pendingKey(w.state) === key);
}

/** True when AWSCURRENT holds it, or AWSPENDING of a rotation that may still promote it. */
export function isInUse(w: World, key: number): boolean {
  const { pending } = w.state;
  const over = pending !== 0 && (w.version(pending).abandoned === 1 || w.version(pending).been === 1);
  return currentKey(w.state) === key || (!over && pendingKey(w.state) === key);
}

/** A new token on an empty version. */
function rotate(w: World): void {
  const s = w.state;
  s.versions.push({ key: 0, replaces: 0, reached: 0, been: 0, abandoned: 0, copyOf: 0, copyFor: 0 });
  s.pending = s.versions.length;
  startSteps(s, s.pending);
  w.note(`RotateSecret: ${v(s.pending)} becomes AWSPENDING`);
}

/**
 * The assumption about clocks: between the look of a hard abort and its Put, three seconds at most, no rotation begins
 * (P12; limit 3 of README.md).
 */
export function isRotatable({ runners, commands }: State): boolean {
  return ![...runners, ...commands].some(({ at }) => at === "abort.put" || at === "abortCommand.put");
}

/** RotateSecret as AWS answers it: a rotation that is not complete is tried again. */
export function rotateSecret(w: World): void {
  const s = w.state;
  if (s.pending === 0 || s.pending === s.current) {
    rotate(w);
    return;
  }
  w.note(`RotateSecret: AWS tries ${v(s.pending)} again`);
  startSteps(s, s.pending);
}

export function startSteps(s: State, token: number): void {
  s.token = token;
  s.step = 1;
  s.running = 0;
}

/** PutSecretValue with stage AWSPENDING: takes that label, from whoever has it. */
export function putPending(w: World, token: number, key: number, replaces: number): "written" | "taken" {
  const version = w.version(token);
  if (version.key !== 0 && version.key !== key) return "taken";
  version.key = key;
  version.replaces = replaces;
  w.key(key).stored = 1;
  const s = w.state;
  if (version.abandoned === 1) w.key(key).late = 1;
  if (s.pending !== token) w.note(`AWSPENDING comes to ${v(token)} from ${v(s.pending)}`);
  s.pending = token;
  return "written";
}

/** PutSecretValue without stages: a copy of what `of` holds becomes AWSCURRENT, and AWS abandons the rotation. */
export function putCurrent(w: World, of: number, copyFor = 0): number {
  const s = w.state;
  const { key, replaces } = w.version(of);
  s.versions.push({
    key,
    replaces,
    reached: 0,
    been: 1,
    abandoned: 0,
    copyOf: copyFor === 0 ? 0 : of,
    copyFor,
  });
  s.previous = s.current;
  s.current = s.versions.length;
  takePending(w);
  return s.current;
}

/** Takes AWSPENDING away: AWS abandons the rotation, unless that has reached its end. */
export function takePending(w: World): void {
  const s = w.state;
  if (s.pending !== 0 && s.pending !== s.current) w.version(s.pending).abandoned = 1;
  s.pending = 0;
  stopSteps(s);
}

/** AWS calls no further step. What runs, runs on. */
function stopSteps(s: State): void {
  if (s.step === clearStep) return;
  s.step = 0;
  s.running = 0;
  s.token = 0;
  s.runners = s.runners.map((one) => ({ ...one, official: 0 }));
}

/** UpdateSecretVersionStage on AWSCURRENT: fails when `from` does not hold it. AWSPREVIOUS follows. */
export function moveCurrent(w: World, from: number, to: number): boolean {
  const s = w.state;
  if (s.current !== from) return false;
  s.previous = from;
  s.current = to;
  s.overlap = 1;
  w.version(to).been = 1;
  s.keys.forEach((key, index) => {
    if (key.status === dying) w.key(index + 1).past = 1;
  });
  s.runners = s.runners.map((one) => ({ ...one, old: 1 }));
  s.commands = s.commands.map((one) => ({ ...one, old: 1 }));
  return true;
}

/** RotateSecret without rotating: testSecret alone, on a copy of the current value. */
export function beginDryRun(w: World): number {
  const s = w.state;
  const { key, replaces } = w.version(s.current);
  const id = s.versions.length + 1;
  s.versions.push({ key, replaces, reached: 0, been: 0, abandoned: 0, copyOf: s.current, copyFor: id });
  s.pending = id;
  startSteps(s, id);
  s.step = testStep;
  return id;
}

/** What AWS makes of a step that ended. Whether it counts a death after the flip as success is its own affair. */
export function stepEnded(w: World, succeeded: boolean): void {
  const s = w.state;
  s.running = 0;
  if (w.version(s.token).copyFor === s.token) {
    s.pending = s.pending === s.token ? 0 : s.pending;
    s.step = 0;
    s.token = 0;
    return;
  }
  if (succeeded) {
    s.step = s.step === finishStep ? clearStep : s.step + 1;
    if (s.step === 2 && w.setting.kind !== "c") s.step = 3;
    return;
  }
  const flipped = s.pending === s.token && s.current === s.token;
  if (flipped && w.either("AWS calls it a success", "AWS calls again") === 0) {
    s.step = clearStep;
    return;
  }
  tryAgain(s);
}

/** The whole process again with the same token, as often as AWS does. Then AWSPENDING stays where it is. */
export function tryAgain(s: State): void {
  if (s.pending === s.token && s.retries > 0) {
    s.retries--;
    s.step = 1;
    return;
  }
  s.step = 0;
  s.token = 0;
}

/** AWS looks at the labels when all steps are done: AWSPENDING on the current version, or on none, is success. */
export function clearPending(w: World): void {
  const s = w.state;
  if (s.pending !== 0 && s.pending !== s.current) {
    w.note(`AWS finds AWSPENDING on ${v(s.pending)}, which is not current: the rotation is not complete`);
    s.token = s.pending;
    tryAgain(s);
    return;
  }
  w.note("AWS clears AWSPENDING");
  s.pending = 0;
  s.step = 0;
  s.token = 0;
}
