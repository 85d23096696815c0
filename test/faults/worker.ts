import { type Job, play } from "./jobs.js";

// One process of `npm run faults`: is given one job after the other, and tells of each case.
process.on("message", (job: Job) => {
  run(job).catch((error: unknown) => {
    const broken = [error instanceof Error ? String(error.stack) : "it threw"];
    process.send?.({ told: { job, what: "the run itself", outcome: "never", broken } });
    process.send?.({ done: true });
  });
});

async function run(job: Job): Promise<void> {
  for await (const told of play(job)) process.send?.({ told });
  process.send?.({ done: true });
}
