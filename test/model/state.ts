/**
 * One state of the model. Numbers name things: versions and keys count from 1 in the order they were made, 0 is none.
 * In traces they count from 0: v0 and k0 are AWSPREVIOUS, v1 and k1 AWSCURRENT at the start.
 */

/** a: minted, listed, idempotent, slow to die (Stripe). b: minted, no list (installation token). c: made here, registered (deploy key). */
export type Kind = "a" | "b" | "c";

export const unregistered = 0;
export const alive = 1;
/** Ended in the vendor's record, and maybe still accepted. */
export const dying = 2;
export const dead = 3;

/** One key at the vendor. */
export interface VendorKey {
  status: number;
  /** The rotation (its version) whose label it carries. */
  madeFor: number;
  /** Which attempt of that rotation made it: the idempotency key. */
  attempt: number;
  /** 1 once a version has held it. */
  stored: number;
  /** 1 when it reached its vendor, or its version, while its rotation was not AWSPENDING (any more). */
  late: number;
  /** 1 when AWSCURRENT has moved since it was ended. */
  past: number;
  /** 1 when another key of ours was made after it had ended. */
  outlived: number;
  /** 1 when it was ended, at a vendor that lists it no more, by a run that waits for its death. */
  forgotten: number;
  /** 1 when it was ended because it was leaked. */
  leakEnded: number;
  /** 1 when it is known to have leaked. */
  leaked: number;
  /** 1 when it was leaked and its death was seen. */
  proven: number;
  /** 1 when the vendor itself ended it. */
  killed: number;
}

/** One version of the secret. Its key never changes once it has one. */
export interface Version {
  key: number;
  /** The version that was current when its key was made. */
  replaces: number;
  /** The last step that was invoked for it as a token: a duplicate of that or an earlier one may arrive. 0: it is no token. */
  reached: number;
  /** 1 once it has been AWSCURRENT. */
  been: number;
  /** 1 once AWS has abandoned its rotation. */
  abandoned: number;
  /** The version that it copies, and the rotation that this copy has aborted: they make its id. */
  copyOf: number;
  copyFor: number;
}

/** One running invocation: what it does next, and the few values that it still needs for that. */
export interface Process extends Locals {
  at: string;
  token: number;
  /** 1 when AWS waits for it. */
  official: number;
  /** 1 when it was running already when AWSCURRENT moved last: it ends before that overlap does. */
  old: number;
}

/** Each step uses the ones it needs; what it does not hand on is 0. */
export interface Locals {
  current: number;
  previous: number;
  key: number;
  /** Key ids as bits. */
  listed: number;
  /** Key ids as bits. */
  swept: number;
  attempt: number;
  /** Something was true when it was looked at: named where it is used. */
  flag: number;
}

export const faults = [
  "death",
  "lost",
  "duplicate",
  "slow",
  "put",
  "abort",
  "rollback",
  "leak",
  "job",
  "late",
  "manual",
  "dry",
  "kill",
] as const;
export type Fault = (typeof faults)[number];

export const steps = ["none", "create", "set", "test", "finish", "clear"] as const;
export const createStep = 1;
export const testStep = 3;
export const finishStep = 4;
export const clearStep = 5;

export interface State {
  current: number;
  pending: number;
  previous: number;
  /** Versions marked as leaked, as bits. */
  marks: number;
  /** Version with a rollback's claim, and with a job's. */
  rollbackClaim: number;
  jobClaim: number;
  /** 1 as long as the overlap of the AWSPREVIOUS key is open. */
  overlap: number;
  /** Versions whose end is arranged, as bits. */
  arranged: number;
  /** AWS's side of the rotation: its token, the step to run, whether that runs, tries left. */
  token: number;
  step: number;
  running: number;
  retries: number;
  /** Scheduled rotations still to come. */
  ticks: number;
  budget: number[];
  versions: Version[];
  keys: VendorKey[];
  /** Two invocations of steps at most. */
  runners: Process[];
  /** One command (abort, leak, rollback) or job at most. */
  commands: Process[];
}

export const noLocals: Locals = {
  current: 0,
  previous: 0,
  key: 0,
  listed: 0,
  swept: 0,
  attempt: 0,
  flag: 0,
};

const freshKey: VendorKey = {
  status: alive,
  madeFor: 0,
  attempt: 0,
  stored: 0,
  late: 0,
  past: 0,
  outlived: 0,
  forgotten: 0,
  leakEnded: 0,
  leaked: 0,
  proven: 0,
  killed: 0,
};

export function newKey(given: Partial<VendorKey>): VendorKey {
  return { ...freshKey, ...given };
}

/** v1 AWSCURRENT(k1), v0 AWSPREVIOUS(k0), no rotation. */
export function initialState(ticks: number, retries: number, budget: Partial<Record<Fault, number>>): State {
  return {
    ...{
      current: 2,
      pending: 0,
      previous: 1,
      marks: 0,
      rollbackClaim: 0,
      jobClaim: 0,
      overlap: 0,
      arranged: 2,
    },
    ...{ token: 0, step: 0, running: 0, retries, ticks },
    budget: faults.map((fault) => budget[fault] ?? 0),
    versions: [
      { key: 1, replaces: 0, reached: 0, been: 1, abandoned: 0, copyOf: 0, copyFor: 0 },
      { key: 2, replaces: 1, reached: 0, been: 1, abandoned: 0, copyOf: 0, copyFor: 0 },
    ],
    keys: [newKey({ madeFor: 1, stored: 1 }), newKey({ madeFor: 2, stored: 1 })],
    runners: [],
    commands: [],
  };
}

/** A state to change. Its keys, versions and processes are still those of the old one: they are replaced, never changed. */
export function clone(state: State): State {
  return {
    ...state,
    budget: state.budget.slice(),
    versions: state.versions.slice(),
    keys: state.keys.slice(),
    runners: state.runners.slice(),
    commands: state.commands.slice(),
  };
}

const places = new Map<string, number>();
function placeNumber(at: string): number {
  const known = places.get(at);
  if (known !== undefined) return known;
  places.set(at, places.size);
  return places.size - 1;
}

function encodeProcess(one: Process): string {
  return String.fromCharCode(
    placeNumber(one.at),
    ...[
      one.token * 4 + one.official * 2 + one.old,
      one.current,
      one.previous,
      one.key,
      one.listed,
      one.swept,
    ],
    ...[one.attempt, one.flag],
  );
}

/** What the protocol goes on from when every process is dead. */
export function encodeWorld(s: State): string {
  let text = String.fromCharCode(
    ...[s.current, s.pending, s.previous, s.marks, s.rollbackClaim, s.jobClaim, s.overlap, s.arranged],
    ...[s.versions.length, s.keys.length],
  );
  for (const one of s.versions)
    text += String.fromCharCode(
      one.key,
      one.replaces,
      one.reached * 4 + one.been * 2 + one.abandoned,
      one.copyOf,
      one.copyFor,
    );
  for (const k of s.keys) {
    const flags = [
      k.stored,
      k.late,
      k.past,
      k.outlived,
      k.forgotten,
      k.leakEnded,
      k.leaked,
      k.proven,
      k.killed,
    ].reduce((bits, flag) => bits * 2 + flag, 0);
    text += String.fromCharCode(k.status, k.madeFor, k.attempt, flags);
  }
  return text;
}

/** A state as text: equal texts are equal states. The two runners have no order. */
export function encode(s: State): string {
  const runners = s.runners.map(encodeProcess).sort();
  return (
    encodeWorld(s) +
    String.fromCharCode(s.token, s.step * 2 + s.running, s.retries, s.ticks, ...s.budget) +
    String.fromCharCode(runners.length) +
    runners.join("") +
    s.commands.map(encodeProcess).join("")
  );
}
