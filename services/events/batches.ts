import { source } from "./event.js";
import type { Entry } from "./eventbridge.js";

/** What one PutEvents takes: ten entries, less than a megabyte. */
const most = { entries: 10, bytes: 999_999 } as const;

/**
 * Entries in their order, in calls that PutEvents takes. What is too large by itself stands alone, for EventBridge to refuse.
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html
 */
export function batchesOf<Holder extends { readonly entry: Entry<string> }>(
  holders: readonly Holder[],
): readonly (readonly Holder[])[] {
  const batches: Holder[][] = [];
  let bytes = 0;
  for (const holder of holders) {
    const size = sizeOf(holder.entry);
    const last = batches.at(-1);
    if (last && last.length < most.entries && bytes + size <= most.bytes) {
      last.push(holder);
      bytes += size;
    } else {
      batches.push([holder]);
      bytes = size;
    }
  }
  return batches;
}

/** As AWS counts: 14 bytes for the time, UTF-8 for the rest. */
function sizeOf({ name, arn, detail }: Entry<string>): number {
  return 14 + [source, name, arn, detail].reduce((sum, text) => sum + Buffer.byteLength(text), 0);
}
