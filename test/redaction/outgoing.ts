import { inspect } from "node:util";
import { expect } from "vitest";
import { shownIn } from "./known.js";

interface Outgoing {
  readonly where: string;
  readonly test: string;
  readonly what: unknown;
}

let fresh: Outgoing[] = [];
/** What was looked at and showed nothing that was known then. */
let clean: Outgoing[] = [];

/** Something leaves: text, or whatever was thrown. It is looked at after the test. */
export function letOut(where: string, what: unknown): void {
  fresh.push({ where, what, test: expect.getState().currentTestName ?? "no test" });
}

/** Looks at what was let out since the last look: what shows which secret where, never a value. */
export function shown(): readonly string[] {
  const out = fresh;
  fresh = [];
  return findings(out, (one) => clean.push(one));
}

/** Looks once more at all that showed nothing: for what became known only later. */
export function shownEarlier(): readonly string[] {
  const out = clean;
  clean = [];
  return findings(out);
}

function findings(out: readonly Outgoing[], keep?: (shownNothing: Outgoing) => void) {
  const found = out.flatMap(({ where, test, what }) => {
    const text = typeof what === "string" ? what : everythingOf(what);
    const secrets = shownIn(text);
    if (secrets.size === 0) keep?.({ where, test, what: text });
    return [...secrets].map((secret) => `${where} shows ${secret} (${test})`);
  });
  return [...new Set(found)];
}

/** All that can be got out of whatever was thrown: message, stack, properties hidden and not, causes. */
export function everythingOf(thrown: unknown): string {
  const parts = [String(thrown), inspect(thrown, { showHidden: true, depth: 10 })];
  if (thrown instanceof Error) parts.push(thrown.message, thrown.stack ?? "", everythingOf(thrown.cause));
  return parts.join("\n");
}
