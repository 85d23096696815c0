import type { AwsConfig } from "../aws-config.js";
import type { Clock } from "../clock.js";
import type { Log } from "../log.js";
import { type Happened, writeMetrics } from "../metrics.js";
import { problemsOf } from "../problems.js";
import type { Surroundings } from "../surroundings.js";
import { eventSchemas, type Tell } from "./event.js";
import { type Entry, eventBridge, type PutEvents } from "./eventbridge.js";
import { send } from "./send.js";

/** What a function is made with (FunctionOptions fits). */
export interface EventsParts {
  readonly aws: AwsConfig;
  /** Without any, nothing is sent and nothing is counted. */
  readonly surroundings?: Surroundings | undefined;
  readonly clock: Clock;
  /** How long one request may take. Milliseconds. */
  readonly requestTimeoutMs: number;
  /** Receives the lines of metrics. */
  readonly log: (line: string) => void;
}

export interface Invocation {
  readonly log: Log;
  /** When the invocation ends, by the monotonic clock. Milliseconds. */
  readonly deadline: number;
}

/** The secret that events are about. */
export interface Subject {
  readonly secret: string;
  readonly arn: string;
  readonly provider: string;
}

/** What one invocation has to tell. */
export interface Events {
  about(subject: Subject): Tell;
  /**
   * Sends what was told since the last flush, and counts it. Takes 2 s at most, and never the invocation's last second. Never
   * throws: what is lost is logged (`event_lost`).
   */
  flush(): Promise<void>;
}

/** Milliseconds. */
const longestFlush = 2_000;
const lastSecond = 1_000;

/** Made once a function; what it returns is called once an invocation. */
export function createEvents(parts: EventsParts): (invocation: Invocation) => Events {
  const { surroundings } = parts;
  if (!surroundings) return () => silent;
  let made: PutEvents | undefined;
  const put: PutEvents = (entries, signal) => {
    made ??= eventBridge(parts.aws, surroundings.bus, parts.requestTimeoutMs);
    return made(entries, signal);
  };
  return (invocation) => collect(parts, surroundings.environment, put, invocation);
}

const silent: Events = { about: () => () => undefined, flush: async () => undefined };

function collect(
  { clock, log: write }: EventsParts,
  environment: string,
  put: PutEvents,
  { log, deadline }: Invocation,
): Events {
  let told: Entry[] = [];
  let happened: Happened[] = [];
  const count = () => {
    writeMetrics({ environment, clock, write }, happened);
    happened = [];
  };
  const lose = ({ name, provider }: Pick<Entry, "name" | "provider">, why: string, detail?: string) => {
    happened.push({ name: "lost", provider });
    log.error("event_lost", { name, why, detail });
  };

  return {
    about:
      ({ secret, arn, provider }) =>
      (name, fields) => {
        const at = clock.now();
        const detail = { v: 1, environment, secret, arn, provider, at: at.toISOString(), ...fields };
        const { data, error } = eventSchemas[name].safeParse(detail);
        const seconds = data && "seconds" in data ? data.seconds : undefined;
        happened.push({ name, provider, seconds: typeof seconds === "number" ? seconds : undefined });
        // What is not as it should be may be anything: it is not shown.
        if (error) lose({ name, provider }, `not as its schema says: ${problemsOf(error)}`);
        else told.push({ name, provider, arn, at, detail: JSON.stringify(detail) });
      },
    async flush() {
      count();
      const entries = told;
      told = [];
      const until = Math.min(clock.monotonic() + longestFlush, deadline - lastSecond);
      for (const { entry, why } of await send(put, entries, clock, until)) lose(entry, why, entry.detail);
      count();
    },
  };
}
