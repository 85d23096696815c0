import { expect, test } from "vitest";
import { createJournal } from "../../services/sandbox/journal.js";

test("numbers its lines, keeps the newest, and a reader goes on from where it was", () => {
  let time = 0;
  const journal = createJournal({ now: () => new Date(time) }, 10);
  const seqs = (since: number) => journal.since(since).map(({ seq }) => seq);
  const record = (status: number) =>
    journal.record({ kind: "request", service: "github", operation: "GET /", status });
  expect([journal.last, journal.since(0)]).toEqual([0, []]);
  for (let status = 1; status <= 35; status++) {
    time = status * 1000;
    record(status);
    const oldest = Math.max(1, status - 9);
    expect(seqs(0)).toEqual(Array.from({ length: status - oldest + 1 }, (_, index) => oldest + index));
    expect(seqs(status - 1)).toEqual([status]);
    expect(seqs(status)).toEqual([]);
  }
  expect(journal.since(34)).toEqual([
    {
      seq: 35,
      at: "1970-01-01T00:00:35.000Z",
      kind: "request",
      service: "github",
      operation: "GET /",
      status: 35,
    },
  ]);
  const place = journal.last;
  journal.clear();
  expect([journal.since(0), journal.last]).toEqual([[], 35]);
  record(36);
  expect([seqs(0), seqs(place), seqs(36)]).toEqual([[36], [36], []]);
});
