import type * as z from "zod/mini";
import type { Agenda } from "./agenda.js";
import type { Rotations } from "./rotation.js";
import type { SecretStore } from "./secret-record.js";
import type { SwitchBoard } from "./switches.js";
import { parse } from "./validate.js";

/** What an operation works on. All operations are synchronous, so each is atomic. */
export interface Context {
  readonly region: string;
  readonly accessKeyId: string;
  readonly now: Date;
  readonly store: SecretStore;
  readonly rotations: Rotations;
  readonly switches: SwitchBoard;
  readonly agenda: Agenda;
  readonly randomId: () => string;
}

export type Answer = Readonly<Record<string, unknown>>;

/** One operation of the API: takes the request's JSON, gives the answer's. Throws only AwsError. */
export type Operation = (body: unknown, context: Context) => Answer;

export function operation<Schema extends z.ZodMiniType>(
  schema: Schema,
  run: (input: z.output<Schema>, context: Context) => Answer,
): Operation {
  return (body, context) => {
    const { now, store, switches } = context;
    const remembers = switches.now.listStaleSeconds > 0 || switches.now.readLagSeconds > 0;
    if (remembers) store.amend(now);
    const answer = run(parse(schema, body), context);
    if (remembers) store.note(now);
    return answer;
  };
}

/** A time as awsJson1.1 writes it: seconds, with a fraction. */
export const epochSeconds = (date: Date) => date.getTime() / 1000;

/** The day of a time: AWS keeps last-accessed dates no finer. */
export const dayOf = (date: Date) => new Date(Math.floor(date.getTime() / 86_400_000) * 86_400_000);

/** Answers leave out what has nothing to say. */
export const defined = (fields: object) =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
