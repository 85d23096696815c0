import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { systemClock } from "../../services/clock.js";
import { eventSchemas } from "../../services/events/event.js";
import { arnOf, startEvents, subject, surroundings, type Telling } from "./bench.js";

let bench: Awaited<ReturnType<typeof startEvents>>;
beforeAll(async () => {
  bench = await startEvents();
});
afterAll(() => bench.sandbox.close());
beforeEach(() => bench.clear());

const lostBy = ({ lines }: Telling) => lines.filter((line) => line["event"] === "event_lost");
const metricsBy = ({ lines }: Telling) => lines.filter((line) => "_aws" in line);
const handles = () => bench.arrived.map(({ detail }) => detail["handle"]);
/** Tells that keys were ended, which are named by their number. */
function retire({ events }: Telling, count: number): void {
  const tell = events.about(subject);
  for (let key = 1; key <= count; key++)
    tell("Key Retired", { handle: `key_${key}`, because: "overlap over" });
}
const keys = (count: number) => Array.from({ length: count }, (_, index) => `key_${index + 1}`);

describe("what is told", () => {
  test("arrives in one request, in its order, as its schema says, with the secret's ARN as resource", async () => {
    const telling = bench.telling();
    const at = bench.sandbox.timeline.now().toISOString();
    telling.events.about(subject)("Rotation Started", { rotation: "r1" });
    const other = { secret: "app/other", arn: arnOf("app/other"), provider: "github/deploy-key" };
    telling.events.about(other)("Key Died", { handle: "SHA256:abc" });
    await telling.clock.sleep(5_000);
    expect(bench.arrived).toEqual([]);
    await telling.flush();
    const common = { v: 1, environment: "live", at };
    const envelope = {
      source: "keyturn",
      time: "2026-06-01T00:00:00Z",
      account: "123456789012",
      region: "us-east-1",
    };
    expect(bench.arrived).toMatchObject([
      {
        ...{ ...envelope, "detail-type": "Rotation Started", resources: [subject.arn] },
        detail: { ...common, ...subject, rotation: "r1" },
      },
      {
        ...{ ...envelope, "detail-type": "Key Died", resources: [other.arn] },
        detail: { ...common, ...other, handle: "SHA256:abc" },
      },
    ]);
    const [started, died] = bench.arrived;
    expect(eventSchemas["Rotation Started"].safeParse(started?.detail).error).toBeUndefined();
    expect(eventSchemas["Key Died"].safeParse(died?.detail).error).toBeUndefined();
    expect(bench.puts()).toHaveLength(1);
    expect(lostBy(telling)).toEqual([]);
  });

  test("goes in requests of ten at most, each event once", async () => {
    const telling = bench.telling();
    retire(telling, 23);
    await telling.flush();
    expect(handles()).toEqual(keys(23));
    expect(bench.puts()).toMatchObject([{ status: 200 }, { status: 200 }, { status: 200 }]);
  });

  test("goes in requests of less than a megabyte; what is larger by itself is lost alone", async () => {
    const telling = bench.telling();
    const tell = telling.events.about(subject);
    const contained = (handle: string, size: number) =>
      tell("Leak Contained", { version: "v", handle, receipt: { note: "é".repeat(size / 2) } });
    contained("a", 499_000);
    contained("b", 499_000);
    contained("c", 2_000);
    contained("too large", 1_100_000);
    contained("d", 2_000);
    await telling.flush();
    expect(handles()).toEqual(["a", "b", "c", "d"]);
    expect(lostBy(telling)).toMatchObject([{ name: "Leak Contained", why: "ValidationException" }]);
    expect(bench.puts()).toMatchObject([{ status: 200 }, { status: 200 }, { status: 400 }, { status: 200 }]);
  });

  test("is sent once by two flushes, and what is told in between by the second", async () => {
    const telling = bench.telling();
    retire(telling, 1);
    await telling.events.flush();
    telling.events.about(subject)("Orphan Retired", { handle: "orphan" });
    await telling.flush();
    await telling.events.flush();
    expect(handles()).toEqual(["key_1", "orphan"]);
    expect(bench.puts()).toHaveLength(2);
  });

  test("goes nowhere without surroundings, and without a request where there is nothing", async () => {
    const alone = bench.telling(60_000, { surroundings: undefined });
    retire(alone, 3);
    await alone.flush();
    const quiet = bench.telling();
    await quiet.flush();
    expect([bench.puts(), alone.lines, quiet.lines]).toEqual([[], [], []]);
  });

  test("counts, and what does not arrive counts as lost as well", async () => {
    const telling = bench.telling(500);
    retire(telling, 2);
    const told = { rotation: "r1", handle: "key_3", seconds: 6.5 };
    telling.events.about(subject)("Rotation Succeeded", told);
    await telling.flush();
    const about = { environment: "live", provider: subject.provider };
    expect(metricsBy(telling)).toMatchObject([
      { ...about, KeysRetired: 2, RotationsSucceeded: 1, RotationSeconds: 6.5 },
      { ...about, EventsLost: 3 },
    ]);
  });

  test("wrongly is lost alone, and neither thrown nor shown", async () => {
    const telling = bench.telling();
    const tell = telling.events.about(subject);
    tell("Key Retired", { handle: "", because: "leaked" });
    retire(telling, 1);
    await telling.flush();
    expect(handles()).toEqual(["key_1"]);
    expect(lostBy(telling)).toMatchObject([
      { name: "Key Retired", why: expect.stringMatching(/schema.*handle/) },
    ]);
    expect(lostBy(telling)[0]).not.toHaveProperty("detail");
    expect(metricsBy(telling)).toMatchObject([{ KeysRetired: 2, EventsLost: 1 }]);
  });
});

describe("an entry that the bus refuses", () => {
  const entries = (...codes: (string | undefined)[]) => ({
    FailedEntryCount: codes.filter((code) => code !== undefined).length,
    Entries: codes.map((code) =>
      code === undefined ? { EventId: "e" } : { ErrorCode: code, ErrorMessage: "no" },
    ),
  });
  const answer = (body: object) =>
    bench.sandbox.faults.add({
      service: "events",
      operation: "PutEvents",
      fault: { kind: "status", status: 200, body },
    });

  test("for a passing reason is sent again, by itself; for another it is lost", async () => {
    answer(entries(undefined, "ThrottlingException", "AccessDeniedException", "InternalFailure"));
    const telling = bench.telling();
    retire(telling, 4);
    expect(await telling.flush()).toBe(100);
    expect(handles()).toEqual(["key_2", "key_4"]);
    expect(lostBy(telling)).toMatchObject([{ why: "AccessDeniedException", name: "Key Retired" }]);
  });

  test("is sent three times in all", async () => {
    for (const code of ["InternalFailure", "ThrottlingException", "InternalFailure"]) answer(entries(code));
    const telling = bench.telling();
    retire(telling, 1);
    expect(await telling.flush()).toBe(400);
    expect([bench.puts().length, handles()]).toEqual([3, []]);
    const detail = expect.stringContaining('"handle":"key_1"');
    expect(lostBy(telling)).toMatchObject([{ why: "InternalFailure", secret: subject.secret, detail }]);
  });

  test("of many arrives at the second or third try", async () => {
    bench.sandbox.aws.bus.set("partialFailures", 7);
    const telling = bench.telling();
    retire(telling, 23);
    await telling.flush();
    expect(new Set(handles())).toEqual(new Set(keys(23)));
    expect([handles().length, lostBy(telling)]).toEqual([23, []]);
  });
});

describe("a bus that fails", () => {
  const always = (fault: object, times: number | "always" = "always") =>
    bench.sandbox.faults.add({ service: "events", operation: "PutEvents", times, fault });

  test.each([
    [{ kind: "status", status: 500 }, /./, 3],
    [{ kind: "throttle" }, /./, 3],
    [{ kind: "status", status: 429, body: { __type: "SlowDown" } }, /^SlowDown$/, 3],
    [{ kind: "refuse" }, /^no answer$/, 3],
    [{ kind: "lose" }, /^no answer$/, 3],
    [{ kind: "half-close" }, /^no answer$/, 3],
    [{ kind: "html", status: 502 }, /./, 3],
    [
      { kind: "status", status: 400, body: { __type: "AccessDeniedException" } },
      /^AccessDeniedException$/,
      1,
    ],
    [
      { kind: "status", status: 400, body: { __type: "x y\n{}", message: "said" } },
      /^an error without a code$/,
      1,
    ],
    [{ kind: "status", status: 200, body: {} }, /^no answer$/, 1],
  ])("(%o) loses what is told in less than 2 s, and throws nothing", async (fault, why, tries) => {
    always(fault);
    const telling = bench.telling();
    retire(telling, 2);
    expect(await telling.flush()).toBeLessThan(2_000);
    expect(lostBy(telling)).toMatchObject([
      { why: expect.stringMatching(why) },
      { why: expect.stringMatching(why) },
    ]);
    expect(bench.puts()).toHaveLength(tries);
    expect(JSON.stringify(telling.lines)).not.toContain("said");
  });

  test.each([{ kind: "status", status: 503 }, { kind: "throttle" }, { kind: "refuse" }])(
    "once (%o) delays what is told, and loses nothing",
    async (fault) => {
      always(fault, 1);
      const telling = bench.telling();
      retire(telling, 2);
      expect(await telling.flush()).toBe(100);
      expect([handles(), lostBy(telling)]).toEqual([keys(2), []]);
    },
  );

  test("after it took an event gets it again", async () => {
    always({ kind: "lose" }, 1);
    const telling = bench.telling();
    retire(telling, 1);
    await telling.flush();
    expect([handles(), lostBy(telling)]).toEqual([["key_1", "key_1"], []]);
  });

  test("by silence is not waited for longer than a request may take, and is asked again", async () => {
    always({ kind: "hang" });
    const telling = bench.telling(60_000, { requestTimeoutMs: 100 });
    retire(telling, 1);
    await telling.flush();
    expect(bench.puts().length).toBeGreaterThan(1);
    expect(lostBy(telling)).toMatchObject([{ why: "no answer" }]);
  });

  test("by silence never takes the invocation's last second, in real time", async () => {
    always({ kind: "hang" });
    const telling = bench.telling(1_150);
    retire(telling, 12);
    const from = performance.now();
    await telling.flush();
    // A request alone may take a second.
    expect(performance.now() - from).toBeLessThan(900);
    expect(lostBy(telling)).toHaveLength(12);
  });
});

describe("an invocation that is about to end", () => {
  test("sends nothing in its last second", async () => {
    const telling = bench.telling(1_000);
    retire(telling, 2);
    expect(await telling.flush()).toBe(0);
    expect([bench.puts(), handles()]).toEqual([[], []]);
    expect(lostBy(telling)).toMatchObject([{ why: "no time" }, { why: "no time" }]);
  });

  test("does not try again where that would come into its last second", async () => {
    bench.sandbox.faults.add({ service: "events", times: "always", fault: { kind: "status", status: 500 } });
    const telling = bench.telling(1_200);
    retire(telling, 1);
    expect(await telling.flush()).toBe(100);
    expect(bench.puts()).toHaveLength(2);
  });
});

test("a slow bus is left when 2 s are over", async () => {
  const clock = { ...systemClock, monotonic: () => 700 * bench.puts().length };
  const telling = bench.telling(60_000, { clock });
  retire(telling, 35);
  await telling.flush();
  expect(bench.puts()).toHaveLength(3);
  expect(lostBy(telling)).toMatchObject(Array.from({ length: 5 }, () => ({ why: "no time" })));
});

test("another environment's bus is another", async () => {
  const telling = bench.telling(60_000, { surroundings: { ...surroundings, bus: "keyturn-other" } });
  retire(telling, 1);
  await telling.flush();
  expect([bench.puts().length, handles()]).toEqual([1, []]);
});
