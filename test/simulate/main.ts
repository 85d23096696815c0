import "./quiet.js";

import { help, type Options, optionsOf, type Wanted } from "./options.js";
import { promisesOf } from "./promises.js";
import { missedLines, promiseLines, resultLines, timetableLines } from "./report.js";
import { simulate } from "./run.js";
import { shards } from "./shards.js";
import { timetables } from "./timetables.js";
import { weekOf } from "./week.js";

const hours = (took: number) => (took / 3600).toFixed(1);
const say = (...lines: readonly string[]) => process.stdout.write(`${lines.join("\n")}\n`);
const progress = (part: number) => {
  if (process.stderr.isTTY) process.stderr.write(`\r${Math.round(part * 100)} % `);
};

// Whatever invocations waited for that were killed would keep the process.
process.exit(await main());

async function main(): Promise<number> {
  let options: Options;
  try {
    options = optionsOf(process.argv.slice(2));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    process.stderr.write(`${error.message}\n\n${help}\n`);
    return 2;
  }
  if (options.week) return week(options.week, options.json);
  if (options.wanted) await many(options.wanted, options.json);
  else say(help);
  return 0;
}

async function week(
  wanted: { readonly days: number; readonly seed: number },
  json: boolean,
): Promise<number> {
  const result = await simulate(weekOf(wanted), progress);
  const promises = promisesOf(result);
  if (json) say(JSON.stringify({ format: 1, full: result, promises }, undefined, 2));
  else
    say(
      `${wanted.days} simulated days, seed ${wanted.seed}`,
      ...resultLines(result),
      "",
      ...promiseLines(promises),
      ...missedLines(result),
    );
  return promises.every(({ holds }) => holds) ? 0 : 1;
}

async function many(
  { wish, secrets, sample, plan, comparedJitter: jitter }: Wanted,
  json: boolean,
): Promise<void> {
  const { seconds } = plan;
  const [schedules, full] = await Promise.all([
    timetables({ wish, secrets, seconds, jitter }),
    shards({ ...plan, secrets: Array.from({ length: sample }, () => wish) }, progress),
  ]);
  if (json) {
    say(JSON.stringify({ format: 1, secrets, schedules, full }, undefined, 2));
    return;
  }
  say(
    `The schedules of all ${secrets} secrets, delivered by the sandbox's Scheduler; nothing was rotated:`,
    ...timetableLines(schedules).map((line) => `  ${line}`),
    "",
    sample < secrets
      ? `${sample} of them, rotated by all of the shipped code over HTTP:`
      : "All of them, rotated by all of the shipped code over HTTP:",
    ...[...resultLines(full), ...missedLines(full)].map((line) => `  ${line}`),
    ...(sample < secrets
      ? [`  --full rotates all of them, in about ${hours((full.wallSeconds * secrets) / sample)} h`]
      : []),
  );
}
