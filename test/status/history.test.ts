import { CloudWatchLogs } from "@aws-sdk/client-cloudwatch-logs";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { readHistory } from "../../services/history/history.js";
import { awsOf } from "../../services/sandbox/place.js";
import { type Sandbox, startSandbox } from "../../services/sandbox/sandbox.js";
import { show } from "../../services/status/show.js";

const start = new Date("2026-06-01T00:00:00Z");
let sandbox: Sandbox;
let logs: CloudWatchLogs;
let logGroup = "";
let groups = 0;

beforeAll(async () => {
  sandbox = await startSandbox({ start });
  logs = new CloudWatchLogs(awsOf(sandbox));
});
afterAll(async () => {
  logs.destroy();
  await sandbox.close();
});
beforeEach(async () => {
  logGroup = `/keyturn/test-${++groups}/events`;
  await logs.createLogGroup({ logGroupName: logGroup });
});

const later = (seconds: number) => new Date(start.getTime() + seconds * 1000);
const detail = (seconds: number, more: object = {}) => ({
  ...{ v: 1, environment: "test", secret: "app/key", arn: "arn", provider: "stripe/restricted-key" },
  ...{ at: later(seconds).toISOString(), rotation: `rotation ${seconds}`, ...more },
});
const envelope = (told: object, name = "Rotation Started") => ({
  ...{ version: "0", id: "id", "detail-type": name, source: "keyturn", detail: told },
});
const write = (message: unknown) =>
  sandbox.aws.logs.write(
    `arn:aws:logs:us-east-1:123456789012:log-group:${logGroup}`,
    typeof message === "string" ? message : JSON.stringify(message),
  );
const read = (secret = "app/key", since = start) =>
  readHistory({ aws: awsOf(sandbox), logGroup, requestTimeoutMs: 5_000 }, { secret, since });
const rotations = async (secret?: string) =>
  (await read(secret)).events.map(({ detail }) => detail["rotation"]);

it("is a secret's events, oldest first by when they happened, each once", async () => {
  write(envelope(detail(2)));
  write(envelope(detail(1)));
  write({ ...envelope(detail(1)), id: "delivered twice" });
  write(envelope(detail(3, { secret: "app/keys" })));
  const { events, skipped, truncated } = await read();
  expect(events.map(({ name, at }) => ({ name, at }))).toEqual([
    { name: "Rotation Started", at: later(1) },
    { name: "Rotation Started", at: later(2) },
  ]);
  expect({ skipped, truncated }).toEqual({ skipped: 0, truncated: false });
  expect(await rotations("app/keys")).toEqual(["rotation 3"]);
  expect((await read("app/key", later(60))).events).toEqual([]);
});

it("passes over what is none of ours, and counts what this version does not know", async () => {
  write("app/key");
  write({ ...envelope(detail(1)), source: "aws.secretsmanager" });
  write(envelope(detail(2), "Rotation Celebrated"));
  write(envelope(detail(3, { more: 1 })));
  write(envelope({ ...detail(4), at: "yesterday" }));
  write({ detail: { secret: "app/key" } });
  write(envelope(detail(5)));
  expect(await rotations()).toEqual(["rotation 5"]);
  expect((await read()).skipped).toBe(5);
});

it("goes on after empty pages, and keeps the newest thousand", async () => {
  for (let n = 0; n < 1_005; n++) write(envelope(detail(n)));
  sandbox.aws.logs.set("emptyPages", "between");
  const { events, truncated } = await read();
  sandbox.aws.logs.set("emptyPages", "none");
  expect([
    events.length,
    events[0]?.detail["rotation"],
    events.at(-1)?.detail["rotation"],
    truncated,
  ]).toEqual([...[1_000, "rotation 5", "rotation 1004", true]]);
});

it("that cannot be read is a coded error", async () => {
  const missing = readHistory(
    { aws: awsOf(sandbox), logGroup: "/none", requestTimeoutMs: 5_000 },
    { secret: "a", since: start },
  );
  await expect(missing).rejects.toMatchObject({ code: "history_missing" });
  const body = { __type: "AccessDeniedException" };
  sandbox.faults.add({ service: "logs", fault: { kind: "status", status: 400, body } });
  await expect(read()).rejects.toMatchObject({ code: "history_denied" });
  sandbox.faults.add({ service: "logs", fault: { kind: "refuse" }, times: 3 });
  await expect(read()).rejects.toMatchObject({ code: "history_unavailable", retryable: true });
});

it("is shown without what could move a terminal's cursor, 20 events of it, with the last receipt", async () => {
  for (let n = 0; n < 25; n++) write(envelope(detail(n)));
  const receipt = { by: "mallory\u001b[2J\nok", refusedAt: later(90).toISOString() };
  const { rotation: _, ...told } = detail(60, { version: "v1", handle: "k1", receipt });
  write(envelope(told, "Leak Contained"));
  write("Leak Contained app/key");
  const history = await read();
  const [contained] = history.events.slice(-1);
  const text = show({
    ...{ v: 1, environment: "test", at: later(120), well: true, history },
    ...(contained && { receipt: contained }),
    secrets: [
      {
        ...{ secret: "app/key", provider: "stripe/restricted-key", state: "ok", level: "ok" },
        rotation: { declared: "every 1h", startedBy: "schedule" },
        ...{ versions: [], troubles: [] },
      },
    ],
  });
  expect(text).not.toContain("\u001b");
  expect(text.match(/^ {2}2026-\S+ {2}Rotation Started/gm)).toHaveLength(19);
  expect(text).toContain("\n  6 older ones: --json\n");
  expect(text).toContain(
    "\nLast contained leak, 1m ago\n  by         mallory?[2J?ok\n  refusedAt  2026-06-01T00:01:30.000Z\n",
  );
});
