import type { Invoke, JournalLine, Timeline } from "../parts.js";
import { createAgenda } from "./agenda.js";
import { type Failure, startInvocation } from "./invocation.js";

export interface LambdaParts {
  readonly timeline: Timeline;
  readonly record: (line: JournalLine) => void;
  readonly randomId: () => string;
}

/** What the journal says of an invocation: the secret that it is about, where it names one, and what it is asked to do. */
export interface About {
  readonly secret: string;
  readonly step: string;
}

/**
 * Functions that something else than a rotation invokes: schedules, rules, queues.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
 */
export interface Lambda {
  register(arn: string, invoke: Invoke): void;
  has(arn: string): boolean;
  /** Invoked once; `ended` is told how, and with what result. */
  invoke(arn: string, event: unknown, ended: (failure: Failure | undefined, result: unknown) => void): void;
  /** Invoked asynchronously: accepted at once, and called again after one and two minutes more while it fails. */
  send(arn: string, event: unknown): void;
  /** Nothing more comes of any call. Registered functions stay. */
  reset(): void;
}

const againAfterSeconds = [60, 120];
/** Of every function. */
export const timeoutSeconds = 60;

export function createLambda({ timeline, record, randomId }: LambdaParts): Lambda {
  const functions = new Map<string, Invoke>();
  const agenda = createAgenda(timeline);
  const calls = new Set<() => void>();

  const invoke: Lambda["invoke"] = (arn, event, ended) => {
    const awsRequestId = randomId();
    const line = { kind: "invocation", token: awsRequestId, ...aboutOf(event) } as const;
    const run = functions.get(arn) ?? (() => Promise.reject(new Error(`No function ${arn} is registered.`)));
    let result: unknown;
    const forget = startInvocation({
      ...{ timeline, event, awsRequestId, timeoutSeconds, functionArn: arn },
      invoke: async (given, context) => {
        result = await run(given, context);
      },
      began: () => record({ ...line, phase: "start" }),
      ended: (failure) => {
        calls.delete(forget);
        record({ ...line, phase: "end", ...(failure && { error: failure }) });
        ended(failure, result);
      },
    });
    calls.add(forget);
  };
  const send = (arn: string, event: unknown, again = againAfterSeconds) =>
    invoke(arn, event, (failure) => {
      const [seconds, ...later] = again;
      if (failure && seconds !== undefined) agenda.after(seconds, () => send(arn, event, later));
    });

  return {
    register: (arn, task) => void functions.set(arn, task),
    has: (arn) => functions.has(arn),
    invoke,
    send: (arn, event) => send(arn, event),
    reset: () => {
      agenda.drop();
      for (const forget of calls) forget();
      calls.clear();
    },
  };
}

/** Our jobs say what they are about; of any other event only that there was one. */
function aboutOf(event: unknown): About {
  const { keyturn, Records } = Object(event);
  const { action, secretId } = Object(keyturn);
  return {
    secret: typeof secretId === "string" ? (/:secret:(.+)-\w{6}$/.exec(secretId)?.[1] ?? secretId) : "",
    step: typeof action === "string" ? action : Array.isArray(Records) ? "records" : "event",
  };
}
