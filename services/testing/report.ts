import { BrokenPromise } from "./check.js";
import { conformance } from "./conformance.js";
import { nameOf, type Subject } from "./subject.js";

export interface Result {
  readonly id: string;
  readonly promise: string;
  readonly outcome: "kept" | "broken" | "not checked";
  /** What was expected and seen of a broken promise; why one was not checked. */
  readonly saw?: string;
  /** Of a broken one: what would happen to a user's secret, and what of the protocol rests on it. */
  readonly why?: string;
  readonly rules?: string;
}

/** Plain data, for JSON; `text` is for people. The same for the same provider and fake. */
export interface Report {
  readonly subject: string;
  /** True when no promise was broken. */
  readonly passed: boolean;
  readonly results: readonly Result[];
  readonly text: string;
}

/** Checks every promise, one after the other, whatever breaks. */
export async function report(subject: Subject): Promise<Report> {
  const results: Result[] = [];
  for (const { id, promise, why, rules, notChecked, run } of conformance(subject)) {
    if (notChecked !== undefined) {
      results.push({ id, promise, outcome: "not checked", saw: notChecked });
      continue;
    }
    try {
      await run();
      results.push({ id, promise, outcome: "kept" });
    } catch (thrown) {
      if (!(thrown instanceof BrokenPromise)) throw thrown;
      results.push({ id, promise, outcome: "broken", saw: thrown.saw, why, rules });
    }
  }
  const name = nameOf(subject);
  const passed = results.every(({ outcome }) => outcome !== "broken");
  return { subject: name, passed, results, text: textOf(name, results) };
}

const marks = { kept: "✓", broken: "✗", "not checked": "–" } as const;

function textOf(name: string, results: readonly Result[]): string {
  const count = (wanted: Result["outcome"]) => results.filter(({ outcome }) => outcome === wanted).length;
  const lines = results.flatMap(({ id, promise, outcome, saw, why, rules }) => [
    `  ${marks[outcome]} ${id}: ${promise}`,
    ...(outcome === "broken"
      ? [`      saw: ${saw}`, `      why it matters: ${why}`, `      rests on it: ${rules}`]
      : []),
    ...(outcome === "not checked" ? [`      not checked: ${saw}`] : []),
  ]);
  const sum = `${count("kept")} kept, ${count("broken")} broken, ${count("not checked")} not checked`;
  return [name, ...lines, `${sum}`, ""].join("\n");
}
