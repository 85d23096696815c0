import type { Invoke, Timeline } from "../parts.js";

export interface Failure {
  readonly name: string;
  readonly message: string;
}

export interface Invocation {
  readonly timeline: Timeline;
  readonly invoke: Invoke;
  readonly event: unknown;
  /** Of the function. */
  readonly functionArn: string;
  readonly awsRequestId: string;
  readonly timeoutSeconds: number;
  /** Called right before the function is. */
  readonly began: () => void;
  /**
   * Called once, when the function returned, threw or ran out of time. What it starts has joined the timeline
   * before this invocation leaves it, so that frozen time does not slip in between.
   */
  readonly ended: (failure: Failure | undefined) => void;
}

/**
 * Invokes a function once, as a participant of the timeline, within its time-out. Returns what makes it
 * forget the invocation: the function cannot be stopped, but nothing more comes of it.
 */
export function startInvocation(invocation: Invocation): () => void {
  const { timeline, timeoutSeconds } = invocation;
  const participant = timeline.join();
  const deadline = timeline.now().getTime() + timeoutSeconds * 1000;
  let over = false;

  const close = (last: () => void) => {
    if (over) return;
    over = true;
    cancelTimeout();
    try {
      last();
    } finally {
      participant.leave();
    }
  };
  const cancelTimeout = timeline.at(new Date(deadline), () =>
    close(() => invocation.ended(timedOut(timeoutSeconds))),
  );
  const run = async () => {
    await Promise.resolve();
    if (over) return;
    invocation.began();
    await invocation.invoke(invocation.event, {
      clock: participant.clock,
      awsRequestId: invocation.awsRequestId,
      invokedFunctionArn: invocation.functionArn,
      getRemainingTimeInMillis: () => Math.max(0, deadline - timeline.now().getTime()),
    });
  };
  run().then(
    () => close(() => invocation.ended(undefined)),
    (thrown: unknown) => close(() => invocation.ended(failureOf(thrown))),
  );
  return () => close(() => undefined);
}

/** As Lambda words it. */
const timedOut = (seconds: number): Failure => ({
  name: "Sandbox.Timedout",
  message: `Task timed out after ${seconds.toFixed(2)} seconds`,
});

function failureOf(thrown: unknown): Failure {
  if (thrown instanceof Error) return { name: thrown.name, message: thrown.message };
  return { name: "Error", message: String(thrown) };
}
