/** One promise of the contract, ready to be checked. */
export interface Check {
  /** Names the promise in docs/conformance.md. */
  readonly id: string;
  /** For a test's title: the promise, and why it is not checked where it is not. */
  readonly name: string;
  readonly promise: string;
  /** What would happen to a user's secret. */
  readonly why: string;
  /** Rules of the protocol and invariants of the design that rest on it. */
  readonly rules: string;
  /** Why it is not checked; `run` does nothing then. */
  readonly notChecked?: string;
  /** Rejects with BrokenPromise when the promise does not hold. */
  run(): Promise<void>;
}

/** What was expected of a provider, and what it did. Shows no value of a key. */
export class Breach extends Error {
  override readonly name = "Breach";

  constructor(
    readonly expected: string,
    readonly saw: string,
  ) {
    super(`expected ${expected}; saw ${saw}`);
  }
}

export function broken(expected: string, saw: string): Breach {
  return new Breach(expected, saw);
}

/** @throws Breach unless `holds`. */
export function must(holds: boolean, expected: string, saw: string): asserts holds {
  if (!holds) throw broken(expected, saw);
}

/** A promise of the contract that a provider does not keep. */
export class BrokenPromise extends Error {
  override readonly name = "BrokenPromise";

  constructor(
    readonly id: string,
    readonly promise: string,
    readonly saw: string,
    readonly why: string,
  ) {
    super(`${id}: ${promise}\n  ${saw}\n  why it matters: ${why}`);
  }
}
