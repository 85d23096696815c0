import { fork } from "node:child_process";
import type { Wish } from "./plan.js";
import type { Timetable } from "./timetable.js";

/** What is asked of the process that makes them. */
export interface Asked {
  readonly wish: Wish;
  readonly secrets: number;
  readonly seconds: number;
  /** For the second one. */
  readonly jitter: string;
}

/** The schedules of all secrets, with and without jitter. */
export interface Timetables {
  readonly without: Timetable;
  readonly with: Timetable;
  readonly jitter: string;
}

/** Made in a process of their own, so that they have a processor for themselves. */
export function timetables(asked: Asked): Promise<Timetables> {
  return new Promise((resolve, reject) => {
    const child = fork(new URL("./worker.ts", import.meta.url), {
      execArgv: ["--no-warnings", "--import", "tsx"],
    });
    child.once("message", (answered: Timetables) => resolve(answered));
    child.once("exit", (code) => reject(new Error(`the process of the timetables ended with ${code}`)));
    child.send(asked);
  });
}
