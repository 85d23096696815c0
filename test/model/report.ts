import type { Told } from "./explore.js";
import { violationTexts } from "./invariants.js";
import { faultsText, type Result, type Scenario } from "./scenario.js";

/** One line for a run, and below it the shortest trace of what it found. */
export function resultText({ scenario, exploration, asExpected }: Result): string {
  const { states, depth, exhausted, found } = exploration;
  const outcome = found ? `${found.violation} after ${found.trace.length} actions` : "no violation";
  const size = found ? "" : ` (${states} states, depth ${depth}${exhausted ? "" : ", not all"})`;
  const wrong = asExpected ? "" : `   EXPECTED ${scenario.expects}`;
  const lines = [`${titleOf(scenario)}: ${outcome}${size}${wrong}`];
  if (scenario.off.length > 0 || scenario.propose) lines.push(`    ${scenario.says}`);
  if (found) {
    lines.push(`    breaks: ${violationTexts[found.violation]}`);
    lines.push(...groups(found.trace).map((line) => `      ${line}`));
  }
  return lines.join("\n");
}

function titleOf({ name, kind, faults, off, propose = [], jobs, readable }: Scenario): string {
  const parts = [
    name,
    ...(off.length > 0 ? [`${off.join(" + ")} off`] : []),
    ...propose.map((one) => `${one} tried`),
    `kind ${kind}`,
    faultsText(faults),
    ...(jobs ? ["overlap ended by jobs"] : []),
    ...(readable ? ["unlabelled versions readable"] : []),
  ];
  return parts.filter((part) => part !== "").join(" | ");
}

/** Whoever acts, as long as nobody comes between: what changed something, and where they were last. */
function groups(trace: readonly Told[]): string[] {
  const lines: string[] = [];
  for (let at = 0; at < trace.length; ) {
    const { who = "" } = trace[at] ?? {};
    const length = trace.slice(at).findIndex((one) => one.who !== who);
    const group = trace.slice(at, length < 0 ? trace.length : at + length);
    const told = group.filter(({ matters }, index) => matters || index === group.length - 1);
    const what = told.map((one) => one.what).filter((text) => text !== "");
    lines.push(what.length === 0 ? who : `${who}: ${what.join("; ")}`);
    at += group.length;
  }
  return lines;
}
