import { builtin } from "../../providers/index.js";
import { systemClock } from "../../services/clock.js";
import { createHandler, type FunctionOptions } from "../../services/rotation/handler.js";

/** What the parent asks a process to do: the function's work, for one event after the other. */
export interface Order {
  readonly provider: string;
  readonly options: Pick<FunctionOptions, "declarations" | "aws" | "requestTimeoutMs">;
  readonly events: readonly unknown[];
  /** The sandbox's time. */
  readonly now: string;
}

// A process of its own that does what a function does, until it is killed. Its time is the parent's.
process.once("message", (order: Order) => {
  run(order).then(
    () => process.send?.({ ended: "done" }),
    (error: unknown) => process.send?.({ ended: error instanceof Error ? error.name : "error" }),
  );
});

async function run({ provider: id, options, events, now }: Order): Promise<void> {
  const provider = builtin.find((one) => one.id === id);
  if (!provider) throw new RangeError(`no provider ${id}`);
  let ahead = 0;
  const clock = {
    now: () => new Date(Date.parse(now) + ahead),
    monotonic: () => systemClock.monotonic() + ahead,
    sleep: (ms: number) =>
      new Promise<void>((resolve) => {
        process.once("message", () => {
          ahead += ms;
          resolve();
        });
        process.send?.({ sleep: ms });
      }),
  };
  const handler = createHandler(provider, { ...options, clock, log: () => undefined });
  for (const event of events) await handler(event, { getRemainingTimeInMillis: () => 60_000 });
}
