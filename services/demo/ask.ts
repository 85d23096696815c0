import * as z from "zod/mini";
import { CodedError, type Explanation } from "../../providers/kit/failure.js";
import { problemsOf } from "../problems.js";

/** Why the demo could not go on. A rotation that failed is none of these: the journal tells of it. */
export type DemoErrorCode =
  | "control_unreachable"
  | "control_refused"
  | "control_unexpected"
  | "aws_refused"
  | "not_built";

export class DemoError extends CodedError<DemoErrorCode> {
  constructor(code: DemoErrorCode, explanation: Explanation) {
    super(code, code === "control_unreachable", explanation);
  }
}

const stamp = { seq: z.int(), at: z.iso.datetime() };
const entry = z.discriminatedUnion("kind", [
  z.strictObject({
    ...stamp,
    kind: z.literal("request"),
    service: z.string(),
    operation: z.string(),
    status: z.int(),
    error: z.exactOptional(z.string()),
    secret: z.exactOptional(z.string()),
    versionId: z.exactOptional(z.string()),
    credential: z.exactOptional(z.string()),
    live: z.exactOptional(z.readonly(z.array(z.string()))),
  }),
  z.strictObject({
    ...stamp,
    kind: z.literal("invocation"),
    phase: z.enum(["start", "end"]),
    secret: z.string(),
    token: z.string(),
    step: z.string(),
    error: z.exactOptional(z.strictObject({ name: z.string(), message: z.string() })),
  }),
  z.strictObject({
    ...stamp,
    kind: z.literal("rotation"),
    secret: z.string(),
    token: z.string(),
    outcome: z.enum(["started", "succeeded", "failed", "abandoned"]),
  }),
  z.strictObject({
    ...stamp,
    kind: z.literal("delivery"),
    group: z.string(),
    schedule: z.string(),
    scheduledTime: z.string(),
    attempt: z.int(),
    outcome: z.enum(["delivered", "retried", "dead letter", "lost"]),
    error: z.exactOptional(z.string()),
  }),
]);
const keys = z.strictObject({
  keys: z.array(
    z.strictObject({
      provider: z.string(),
      handle: z.string(),
      label: z.string(),
      live: z.boolean(),
      retired: z.boolean(),
    }),
  ),
});
const advanced = z.strictObject({ now: z.iso.datetime(), fired: z.int() });
const journal = z.strictObject({ entries: z.array(entry), next: z.int() });
const done = z.strictObject({});

/** A line of the sandbox's journal, as the control port shows it. */
export type Entry = z.infer<typeof entry>;
export type RequestEntry = Extract<Entry, { kind: "request" }>;
/** A key at its vendor, as the control port shows it. */
export type ShownKey = z.infer<typeof keys>["keys"][number];

/** The sandbox's control port, as anyone could use it with curl. What it says goes into the output; nothing else does. */
export interface Control {
  /** Everything since the last call, in order. */
  news(): Promise<readonly Entry[]>;
  /** Everything ever. */
  all(): Promise<readonly Entry[]>;
  keys(): Promise<readonly ShownKey[]>;
  /** Resolves when no rotation runs any more. */
  idle(): Promise<void>;
  /** `by` as in `25m`. `fired`: how many things fell due, such as another try of a failed rotation. */
  advance(by: string): Promise<z.infer<typeof advanced>>;
  /** Scripts a fault, or with `{ clear: true }` removes all. */
  fault(what: Readonly<Record<string, unknown>>): Promise<void>;
}

/** @throws DemoError from every call: `control_unreachable`, `control_refused`, `control_unexpected`. */
export function controlPort(url: string): Control {
  let place = 0;
  const post = <Shape extends z.core.$ZodType>(path: string, body: unknown, shape: Shape) =>
    ask(`${url}${path}`, shape, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
  return {
    news: async () => {
      const { entries, next } = await ask(`${url}/journal?since=${place}`, journal);
      place = next;
      return entries;
    },
    all: async () => (await ask(`${url}/journal?since=0`, journal)).entries,
    keys: async () => (await ask(`${url}/keys`, keys)).keys,
    idle: async () => {
      await post("/idle", {}, done);
    },
    advance: (by) => post("/clock", { advance: by }, advanced),
    fault: async (what) => {
      await post("/faults", what, done);
    },
  };
}

async function ask<Shape extends z.core.$ZodType>(
  url: string,
  shape: Shape,
  init: RequestInit = {},
): Promise<z.output<Shape>> {
  const what = `${init.method ?? "GET"} ${url}`;
  let status: number;
  let body: unknown;
  try {
    const response = await fetch(url, init);
    status = response.status;
    body = await response.json();
  } catch {
    throw new DemoError("control_unreachable", {
      expected: `an answer in JSON from the sandbox's control port to ${what}`,
      found: "none",
      next: "Start the demo again.",
    });
  }
  if (status !== 200) {
    const found = `HTTP status ${status}`;
    throw new DemoError("control_refused", {
      ...{ expected: `success from ${what}`, found },
      next: "Build again (npm start does); if it lasts, report it.",
    });
  }
  const answer = z.safeParse(shape, body);
  if (answer.success) return answer.data;
  throw new DemoError("control_unexpected", {
    expected: `the answer to ${what} to be of the documented form`,
    found: problemsOf(answer.error),
    next: "Build again (npm start does); if it lasts, report it.",
  });
}
