import type { JournalEntry, JournalLine, Timeline } from "./parts.js";

/** What the sandbox saw, newest last. Holds the last `capacity` entries. */
export interface Journal {
  record(line: JournalLine): void;
  /** Entries whose `seq` is greater than `seq`, in order. The first entry ever has seq 1. */
  since(seq: number): readonly JournalEntry[];
  /** The `seq` of the newest entry, 0 before the first. Give it to `since` to see only what comes after. */
  readonly last: number;
  /** Empties it. `seq` goes on, so that a reader's place stays valid. */
  clear(): void;
}

export function createJournal(timeline: Pick<Timeline, "now">, capacity = 100_000): Journal {
  let entries: JournalEntry[] = [];
  let last = 0;
  return {
    record(line) {
      last += 1;
      entries.push({ seq: last, at: timeline.now().toISOString(), ...line });
      // Cutting in halves keeps recording cheap; `since` hides the surplus.
      if (entries.length >= capacity * 2) entries = entries.slice(-capacity);
    },
    since(seq) {
      const oldest = Math.max(seq, last - capacity);
      const skip = oldest - (entries[0]?.seq ?? last) + 1;
      return entries.slice(Math.max(0, skip));
    },
    get last() {
      return last;
    },
    clear() {
      entries = [];
    },
  };
}
