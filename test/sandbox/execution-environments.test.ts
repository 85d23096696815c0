import { expect, test } from "vitest";
import type { Clock } from "../../services/clock.js";
import { inExecutionEnvironments } from "../../services/sandbox/execution-environments.js";
import type { Invoke } from "../../services/sandbox/parts.js";

type Context = Parameters<Invoke>[1];

const clockAt = (ms: number): Clock => ({
  now: () => new Date(ms),
  monotonic: () => ms,
  sleep: async () => undefined,
});
const at = (ms: number): Context => ({
  clock: clockAt(ms),
  ...{ awsRequestId: "", invokedFunctionArn: "", getRemainingTimeInMillis: () => 0 },
});

/** A function that tells which of its environments took an event, and that environment's time; a promise is waited for. */
function counted() {
  let made = 0;
  return inExecutionEnvironments((clock) => {
    const number = ++made;
    return async (event) => {
      await event;
      return `${number} at ${clock.now().getTime()}`;
    };
  });
}

test("an environment takes one invocation after the other, each by its own clock", async () => {
  const invoke = counted();
  expect(await invoke(undefined, at(1))).toBe("1 at 1");
  expect(await invoke(undefined, at(2))).toBe("1 at 2");
});

test("two invocations at once have two environments, and both are there afterwards", async () => {
  const invoke = counted();
  let release: (() => void) | undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const first = invoke(held, at(1));
  expect(await invoke(undefined, at(2))).toBe("2 at 2");
  release?.();
  expect(await first).toBe("1 at 1");
  const both = await Promise.all([invoke(undefined, at(3)), invoke(undefined, at(4))]);
  expect(both).toEqual(["1 at 3", "2 at 4"]);
});

test("one in which something was thrown, or that never returned, is not used again", async () => {
  const invoke = counted();
  await expect(invoke(Promise.reject(new Error("no")), at(1))).rejects.toThrow("no");
  void invoke(new Promise(() => undefined), at(2));
  expect(await invoke(undefined, at(3))).toBe("3 at 3");
});

test("a function that asks for the time before it is invoked is told that there is none", () => {
  const invoke = inExecutionEnvironments((clock) => {
    clock.now();
    return async () => undefined;
  });
  return expect(invoke(undefined, at(1))).rejects.toThrow("no clock");
});
