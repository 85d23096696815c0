import * as z from "zod/mini";

const text = z.string().check(z.minLength(1));
const time = z.iso.datetime();
const handle = text;

/** What every event has: the secret, and where. */
const about = {
  /** The version of this format. */
  v: z.literal(1),
  environment: text,
  /** Name and ARN of the secret. */
  secret: text,
  arn: text,
  provider: text,
  at: time,
};
/** The rotation's token, which is the id of the version that it makes. */
const rotation = text;
/** A closed set's code, and words for people; no secret, nothing of a vendor's answer. */
const trouble = { code: text, message: text };

/**
 * Every event, by its name on the bus (`detail-type`; the source is `keyturn`), with what it holds. No value of a key is ever in one:
 * handles name keys.
 */
export const eventSchemas = {
  "Rotation Started": z.strictObject({ ...about, rotation }),
  "Rotation Succeeded": z.strictObject({
    ...{ ...about, rotation, handle },
    replaced: z.optional(handle),
    /** Until when the replaced key lives on. */
    overlapUntil: z.optional(time),
    /** From the making of the new key until AWSCURRENT had moved. */
    seconds: z.optional(z.number().check(z.gte(0))),
  }),
  "Rotation Failed": z.strictObject({
    ...{ ...about, rotation, step: text, ...trouble },
    /** Whether the same rotation may succeed later. */
    retryable: z.boolean(),
  }),
  /** A stuck rotation was ended, and another one begun in its place. */
  "Rotation Recovered": z.strictObject({ ...about, rotation, ended: text }),
  /** Recovery has ended a secret's rotations too often: a human is needed. */
  "Recovery Gave Up": z.strictObject({ ...about, aborts: z.int() }),
  "Rotation Rolled Back": z.strictObject({ ...about, from: text, to: text, handle }),
  "Key Minted": z.strictObject({ ...about, rotation, handle }),
  "Key Retired": z.strictObject({
    ...{ ...about, handle },
    because: z.enum(["overlap over", "leaked", "aborted", "superseded"]),
    /** When the vendor was first seen to refuse it; absent while nobody has seen that. */
    refusedAt: z.optional(time),
  }),
  "Orphan Retired": z.strictObject({ ...about, handle }),
  /** The end of a key is later than it should be: the vendor refuses to end it, or cannot be reached. An alarm. */
  "Retirement Overdue": z.strictObject({ ...about, handle, due: time, ...trouble }),
  /** The current key is dead, and none of us has ended it. An alarm. */
  "Key Died": z.strictObject({ ...about, handle }),
  "Leak Reported": z.strictObject({
    ...{ ...about, version: text, handle: z.optional(handle) },
    by: z.optional(text),
    source: z.optional(text),
    reason: z.optional(text),
  }),
  /** The leaked key is replaced and dead. `detail.receipt` says who, why, when: see docs/leak-runbook.md. */
  "Leak Contained": z.strictObject({
    ...about,
    version: text,
    handle,
    receipt: z.record(z.string(), z.json()),
  }),
  /** The leaked key lives, or has no replacement, and the deadline has passed. An alarm. */
  "Leak Not Contained": z.strictObject({ ...about, version: text, handle: z.optional(handle), ...trouble }),
  /** Someone must decide: the declaration says to ask before a reported leak is acted on. */
  "Leak Approval Needed": z.strictObject({
    ...{ ...about, version: text, handle: z.optional(handle) },
    source: z.optional(text),
    reason: z.optional(text),
    /** What to type. */
    approve: text,
  }),
} as const;

export type EventName = keyof typeof eventSchemas;
export type EventDetail<Name extends EventName> = z.infer<(typeof eventSchemas)[Name]>;
/** What is said of an event where it happens; secret, place and time are added by whoever collects it. */
export type EventFields<Name extends EventName> = Omit<EventDetail<Name>, keyof typeof about>;

/** Takes what happened. Telling it never fails and never waits: it is sent when the step is over. */
export type Tell = <Name extends EventName>(name: Name, fields: EventFields<Name>) => void;

export const source = "keyturn";
