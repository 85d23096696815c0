import { parseArgs } from "node:util";
import { runAll } from "./pool.js";
import { resultText } from "./report.js";
import { isRule, type Rule, ruleTexts } from "./rules.js";
import type { Scenario } from "./scenario.js";
import { notModelled, type Table, tables } from "./scenarios.js";
import { sound } from "./sound.js";

const help = `The model of the rotation and leak protocol: every state that its fault budgets allow.

  npm run model                      all tables; exit code 1 when a run finds something else than it must
  npm run model -- --kind a          one kind only: a (Stripe), b (installation token), c (deploy key)
  npm run model -- --off P3.wait     the budgets of the first table without that rule (several: --off A --off B)
  npm run model -- --json            results as JSON, with every action of the traces
  npm run model -- --help

Rules that can be switched off:
${Object.entries(ruleTexts)
  .map(([name, text]) => `  ${name.padEnd(16)} ${text}`)
  .join("\n")}
`;

const { values } = parseArgs({
  options: {
    kind: { type: "string" },
    off: { type: "string", multiple: true },
    json: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

const say = (text: string) => process.stdout.write(`${text}\n`);

if (values.help) say(help);
else process.exitCode = await main();

async function main(): Promise<number> {
  const off = (values.off ?? []).flatMap((one) => one.split(","));
  const unknown = off.filter((one) => !isRule(one));
  const kind = values.kind;
  if (unknown.length > 0)
    return refuse(`--off expects rules, as --help lists them; found ${unknown.join(", ")}`);
  if (kind !== undefined && !["a", "b", "c"].includes(kind))
    return refuse(`--kind expects a, b or c; found ${kind}`);
  const chosen = off.length > 0 ? [without(off.filter(isRule))] : tables;
  const shown = chosen.map(({ title, rows }) => ({
    title,
    rows: rows.filter((row) => kind === undefined || row.kind === kind),
  }));
  const results = await runAll(shown.flatMap(({ rows }) => rows));
  if (values.json) say(JSON.stringify(results, undefined, 2));
  else print(shown, results);
  return results.every(({ asExpected }) => asExpected) ? 0 : 1;
}

function print(shown: readonly Table[], results: Awaited<ReturnType<typeof runAll>>): void {
  let at = 0;
  for (const { title, rows } of shown) {
    if (rows.length === 0) continue;
    say(`\n${title}\n`);
    for (const result of results.slice(at, at + rows.length)) say(resultText(result));
    at += rows.length;
  }
  const wrong = results.filter(({ asExpected }) => !asExpected).length;
  for (const [name, why] of Object.entries(notModelled)) say(`\n${name} is not modelled: ${why}.`);
  say(`\n${results.length} runs, ${wrong === 0 ? "all as expected" : `${wrong} NOT as expected`}.`);
}

/** The first table without some rules: what they prevent is found, and is not expected. */
function without(off: readonly Rule[]): Table {
  const rows = sound.map((row): Scenario => ({ ...row, off, says: "without these rules" }));
  return { title: `Without ${off.join(", ")}`, rows };
}

function refuse(why: string): number {
  process.stderr.write(`${why}\n`);
  return 2;
}
