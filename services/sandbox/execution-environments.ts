import { type Clock, clockBehind } from "../clock.js";
import type { Invoke } from "./parts.js";

/**
 * A function as Lambda runs it: an execution environment handles one invocation at a time, and is there for the next one when that
 * returned. One in which something threw, or that never returned, is not used again. The clock that an environment is made with is
 * that of the invocation it handles.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
 */
export function inExecutionEnvironments(create: (clock: Clock) => Invoke): Invoke {
  const idle: ReturnType<typeof coldStart>[] = [];
  return async (event, context) => {
    const environment = idle.pop() ?? coldStart(create);
    const result = await environment(event, context);
    idle.push(environment);
    return result;
  };
}

function coldStart(create: (clock: Clock) => Invoke): Invoke {
  let clock: Clock | undefined;
  const current = () => {
    if (!clock) throw new TypeError("a function has no clock before it is invoked");
    return clock;
  };
  const handler = create(clockBehind(current));
  return (event, context) => {
    clock = context.clock;
    return handler(event, context);
  };
}
