import * as z from "zod/mini";
import type { Receipt } from "../rotation/leak/receipt.js";

/** The tag that keeps the last receipt, for whoever may not read the log of events. */
export const receiptTagKey = "keyturn:receipt";
/** What AWS takes as a tag's value at most. */
const longest = 256;

const time = z.iso.datetime();
const line = z.object({
  reported: time,
  current: z.optional(time),
  killed: z.optional(time),
  refused: z.optional(time),
  seconds: z.optional(z.coerce.number().check(z.gte(0))),
  keys: z.coerce.number().check(z.gte(1)),
});

/** What of a receipt a tag can hold. Of several keys the last time counts. */
export type KeptReceipt = z.infer<typeof line>;

/**
 * The last receipt as a tag: `reported=… current=… killed=… refused=… seconds=… keys=…`. Only characters that AWS calls safe in every tag,
 * so not JSON.
 * @see https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_TagResource.html
 */
export function receiptTag({ reportedAt, currentAt, keys }: Receipt): ReadonlyMap<string, string> {
  const last = (times: readonly (string | undefined)[]) =>
    times
      .filter((one) => one !== undefined)
      .sort()
      .at(-1);
  const seconds = keys.flatMap(({ secondsToDead }) => secondsToDead ?? []);
  const parts: Record<keyof KeptReceipt, string | number | undefined> = {
    reported: reportedAt,
    current: currentAt,
    killed: last(keys.map(({ killedAt }) => killedAt)),
    refused: last(keys.map(({ refusedAt }) => refusedAt)),
    seconds: seconds.length > 0 ? Math.max(...seconds) : undefined,
    keys: keys.length,
  };
  const told = Object.entries(parts).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${value}`],
  );
  return new Map([[receiptTagKey, told.join(" ").slice(0, longest)]]);
}

/** The receipt that a secret's tags keep; undefined where there is none, or somebody has written another thing there. */
export function receiptIn(tags: ReadonlyMap<string, string>): KeptReceipt | undefined {
  const entries = (tags.get(receiptTagKey) ?? "").split(" ").map((part) => {
    const [name = "", ...value] = part.split("=");
    return [name, value.join("=")];
  });
  return line.safeParse(Object.fromEntries(entries)).data;
}
