import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Around, startAround } from "../recovery/around.js";

let around: Around;
/** The next rotation, which its schedule starts: how it ended, and what was logged and asked of Secrets Manager meanwhile. */
async function next() {
  const { bench, pass, now } = around;
  const [seq, from, since] = [bench.sandbox.journal.last, bench.log.length, now()];
  await pass(20);
  const entries = bench.sandbox.journal.since(seq);
  const lines = bench.log.slice(from).map((line): Record<string, unknown> => JSON.parse(line));
  const outcomes = entries.flatMap((entry) => (entry.kind === "rotation" ? [entry] : []));
  const token = outcomes[0]?.token ?? "none";
  const told = await around.told(since);
  return {
    ...{ token, lines, outcomes: outcomes.map(({ outcome }) => outcome) },
    told: told.filter(({ rotation }) => rotation === token).map(({ name }) => name),
    errors: entries.flatMap((entry) => (entry.kind === "invocation" && entry.error ? [entry.error] : [])),
  };
}

beforeAll(async () => {
  around = await startAround(["stripe"], { every: "20m" });
  await next();
});
afterAll(() => around.close());
beforeEach(() => around.bench.sandbox.faults.clear());

const story = ["Rotation Started", "Key Minted", "Rotation Succeeded"];

test("a rotation is told on the bus, logged with what it is about in every line, and counted", async () => {
  const { lines, told, outcomes, token } = await next();
  expect([outcomes, told]).toEqual([["started", "succeeded"], story]);
  const { name: secret, provider } = around.bench.stripe;
  const ofSteps = lines.filter((line) => "step" in line);
  expect(ofSteps.length).toBeGreaterThan(5);
  for (const line of ofSteps) {
    const about = { environment: "test", provider, secret, token };
    expect(line).toMatchObject({ ...about, level: "info", event: expect.any(String) });
  }
  expect(lines.filter((line) => "RotationsSucceeded" in line)).toMatchObject([
    { environment: "test", provider, RotationsSucceeded: 1, RotationSeconds: expect.any(Number) },
  ]);
});

describe.each([
  [{ kind: "status", status: 500 }],
  [{ kind: "status", status: 400, body: { __type: "AccessDeniedException" } }],
  [{ kind: "refuse" }],
])("while the bus fails (%o)", (fault) => {
  test("rotations succeed, and what is lost stands in the log", async () => {
    const script = { service: "events", operation: "PutEvents", times: "always", fault };
    around.bench.sandbox.faults.add(script);
    const { lines, told, outcomes, token, errors } = await next();
    expect([outcomes, errors, told]).toEqual([["started", "succeeded"], [], []]);
    const lost = lines.filter((line) => line["event"] === "event_lost");
    const ofRotation = lost.filter((line) => String(line["detail"]).includes(token));
    expect(ofRotation.map((line) => line["name"])).toEqual(story);
    const counts = lines.map((line) => Number(line["EventsLost"] ?? 0));
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(lost.length);
  });
});
