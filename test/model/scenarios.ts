import { broken } from "./broken.js";
import type { Scenario } from "./scenario.js";
import { second } from "./second.js";
import { proposed, shipped } from "./shipped.js";
import { sound } from "./sound.js";

export interface Table {
  readonly title: string;
  readonly rows: readonly Scenario[];
}

export const tables: readonly Table[] = [
  { title: "Every rule on: no violation", rows: sound },
  { title: "Rules off: what each prevents (V1 to V28)", rows: broken },
  { title: "Second lines: nothing alone, something together", rows: second },
  { title: "What the shipped code lacks", rows: shipped },
  { title: "What P19 could be instead", rows: proposed },
];

/** Violations of V1 to V28 that one secret without values and shapes cannot show, and why. */
export const notModelled: Readonly<Record<string, string>> = {
  V25: "needs two secrets that share a token",
};
