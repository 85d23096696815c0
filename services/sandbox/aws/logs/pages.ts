import { createHash } from "node:crypto";
import * as z from "zod/mini";
import { AwsError } from "../errors.js";
import type { LogEvent } from "./log-group.js";

/** AWS ends a page of log events at this size. Bytes. */
const largestPage = 1_048_576;

const cursorShape = z.strictObject({
  of: z.string(),
  after: z.optional(z.tuple([z.number(), z.number()])),
  descending: z.boolean(),
  waited: z.boolean(),
});
export type Cursor = z.infer<typeof cursorShape>;

/** Where a list goes on; the question tells one list from another. @throws AwsError InvalidParameterException */
export function cursorOf(question: unknown, token: string | undefined, descending: boolean): Cursor {
  const of = createHash("sha256").update(JSON.stringify(question)).digest("base64url");
  if (token === undefined) return { of, descending, waited: false };
  const cursor = cursorIn(token);
  if (cursor?.of !== of)
    throw new AwsError("InvalidParameterException", "The specified nextToken is invalid.");
  return cursor;
}

function cursorIn(token: string): Cursor | undefined {
  try {
    return cursorShape.parse(JSON.parse(Buffer.from(token, "base64url").toString()));
  } catch {
    return undefined;
  }
}

/** What of a range of times is still to come; the last event given is in it, and passed over by `pageOf`. */
export function restOf(
  { after, descending }: Cursor,
  start: number,
  end: number,
): [start: number, end: number] {
  if (!after) return [start, end];
  return descending ? [start, Math.min(end, after[0])] : [Math.max(start, after[0]), end];
}

const tokenOf = (cursor: Cursor) => Buffer.from(JSON.stringify(cursor)).toString("base64url");

export interface Wish {
  readonly cursor: Cursor;
  readonly limit: number;
  readonly matches: (event: LogEvent) => boolean;
  /** An empty page comes before each. */
  readonly emptyPages: boolean;
}

/** One page of what `events` holds, in its order; `nextToken` while more may come. */
export function pageOf(events: Iterable<LogEvent>, { cursor, limit, matches, emptyPages }: Wish) {
  const found: LogEvent[] = [];
  if (emptyPages && !cursor.waited) return { found, nextToken: tokenOf({ ...cursor, waited: true }) };
  const direction = cursor.descending ? -1 : 1;
  let bytes = 0;
  for (const event of events) {
    const [time, serial] = cursor.after ?? [];
    const seen =
      time !== undefined && direction * (event.timestamp - time || event.serial - (serial ?? 0)) <= 0;
    if (seen || !matches(event)) continue;
    bytes += Buffer.byteLength(event.message);
    const last = found.at(-1);
    if (last && (found.length === limit || bytes > largestPage)) {
      const after: Cursor["after"] = [last.timestamp, last.serial];
      return { found, nextToken: tokenOf({ ...cursor, after, waited: false }) };
    }
    found.push(event);
  }
  return { found };
}
