import { createHash } from "node:crypto";
import * as z from "zod/mini";
import { pageTokenInvalid } from "./errors.js";

/** Where an item stands in a list. No two items of a list stand at the same place. */
export type Position = readonly [key: string | number, serial: number];

interface Listing<Item> {
  /** What is listed: a NextToken is good for the very same question only. */
  readonly question: readonly unknown[];
  readonly items: readonly Item[];
  readonly positionOf: (item: Item) => Position;
  readonly descending?: boolean;
  readonly size: number;
  readonly nextToken: string | undefined;
  /** An empty page comes before each. */
  readonly emptyPages: boolean;
}

interface Page<Item> {
  readonly items: readonly Item[];
  /** To be spread into the answer. */
  readonly rest: { readonly NextToken?: string };
}

const cursorShape = z.strictObject({
  of: z.string(),
  /** The place of the last item given, so that items which come or go elsewhere move no page. */
  after: z.optional(z.tuple([z.union([z.string(), z.number()]), z.number()])),
  /** The empty page was given. */
  waited: z.boolean(),
});
type Cursor = z.infer<typeof cursorShape>;

/** One page of a list, in order. @throws AwsError InvalidNextTokenException */
export function pageOf<Item>(listing: Listing<Item>): Page<Item> {
  const { items, positionOf, descending = false, size, nextToken, emptyPages } = listing;
  const of = createHash("sha256").update(JSON.stringify(listing.question)).digest("base64url");
  const cursor = nextToken === undefined ? { of, waited: false } : cursorIn(nextToken);
  if (cursor.of !== of) throw pageTokenInvalid();
  if (emptyPages && !cursor.waited) return { items: [], rest: tokenOf({ ...cursor, waited: true }) };

  const direction = descending ? -1 : 1;
  const { after } = cursor;
  const left = items
    .map((item) => ({ item, position: positionOf(item) }))
    .filter(({ position }) => after === undefined || direction * compare(position, after) > 0)
    .sort((a, b) => direction * compare(a.position, b.position));
  const page = left.slice(0, size);
  const last = page.at(-1)?.position;
  const rest =
    last !== undefined && left.length > size ? tokenOf({ of, after: [last[0], last[1]], waited: false }) : {};
  return { items: page.map(({ item }) => item), rest };
}

function compare([key, serial]: Position, [otherKey, otherSerial]: Position): number {
  if (key === otherKey) return serial - otherSerial;
  return key < otherKey ? -1 : 1;
}

const tokenOf = (cursor: Cursor) => ({
  NextToken: Buffer.from(JSON.stringify(cursor)).toString("base64url"),
});

function cursorIn(token: string): Cursor {
  try {
    return cursorShape.parse(JSON.parse(Buffer.from(token, "base64url").toString()));
  } catch {
    throw pageTokenInvalid();
  }
}
