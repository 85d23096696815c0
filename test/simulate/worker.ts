import { timetable } from "./timetable.js";
import type { Asked, Timetables } from "./timetables.js";

// The process of timetables.ts: it is asked once, and answers.
process.once("message", ({ wish, secrets, seconds, jitter }: Asked) => {
  const answer = async (): Promise<Timetables> => ({
    without: await timetable({ ...wish, jitter: undefined }, secrets, seconds),
    with: await timetable({ ...wish, jitter }, secrets, seconds),
    jitter,
  });
  answer().then(
    (answered) => process.send?.(answered, () => process.disconnect()),
    (error: unknown) => {
      process.stderr.write(`${error instanceof Error ? error.stack : "it threw"}\n`);
      process.exit(1);
    },
  );
});
