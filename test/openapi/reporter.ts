import type { Reporter, TestModule } from "vitest/node";
import * as z from "zod/mini";
import { operationsInUse } from "./operations.js";

const counted = z.object({ exchanges: z.record(z.string(), z.number()) });

/** Says what was held against the description. An operation in use that no test had granted fails the run. */
export default class Exchanges implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    // The set-up failed: that is said already.
    if (modules.length === 0) return;
    const total = new Map<string, number>();
    for (const module of modules) {
      const found = counted.safeParse(module.meta());
      for (const [name, count] of Object.entries(found.data?.exchanges ?? {})) {
        total.set(name, (total.get(name) ?? 0) + count);
      }
    }
    const all = [...total].sort(([one], [other]) => (one < other ? -1 : 1));
    const sum = all.reduce((so, [, count]) => so + count, 0);
    const lines = all.map(([name, count]) => `${String(count).padStart(7)}  ${name}`);
    process.stdout.write(`\nHeld against GitHub's description: ${sum} exchanges\n${lines.join("\n")}\n`);

    const granted = operationsInUse.filter((name) => all.some(([one]) => one.startsWith(`${name} 2`)));
    const missing = operationsInUse.filter((name) => !granted.includes(name));
    if (missing.length === 0) return;
    process.stdout.write(`\nNo test had these granted:\n${missing.join("\n")}\n`);
    process.exitCode = 1;
  }
}
