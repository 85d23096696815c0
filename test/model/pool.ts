import { fork } from "node:child_process";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { type Result, run, type Scenario } from "./scenario.js";

/** Tells this file, run by `fork`, that it is the child. */
const childMark = "--model-child";

interface Answer {
  readonly number: number;
  readonly result: Result;
}

/** Runs every scenario, a process for each core. Results are in the order of the scenarios, whoever was first. */
export async function runAll(scenarios: readonly Scenario[]): Promise<Result[]> {
  const results: Result[] = [];
  let next = 0;
  const child = async () => {
    const process = fork(fileURLToPath(import.meta.url), [childMark]);
    const sendNext = () => {
      const scenario = scenarios[next];
      if (scenario) process.send({ number: next++, scenario });
      else process.disconnect();
    };
    process.on("message", ({ number, result }: Answer) => {
      results[number] = result;
      sendNext();
    });
    sendNext();
    await new Promise((resolve, reject) => process.on("error", reject).on("exit", resolve));
  };
  await Promise.all(Array.from({ length: Math.min(scenarios.length, availableParallelism()) }, child));
  if (results.filter(() => true).length < scenarios.length)
    throw new Error("a process died before its result");
  return results;
}

if (process.argv.includes(childMark)) {
  process.on("message", ({ number, scenario }: { number: number; scenario: Scenario }) => {
    process.send?.({ number, result: run(scenario) });
  });
}
