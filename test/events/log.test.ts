import { afterEach, expect, test, vi } from "vitest";
import { createLogs, type Log } from "../../services/log.js";

afterEach(() => {
  vi.unstubAllEnvs();
});

const clock = { now: () => new Date("2026-06-01T00:00:00Z") };

function written(write: (log: Log) => void, always = {}): unknown[] {
  const lines: string[] = [];
  write(createLogs((line) => lines.push(line), clock)(always));
  expect(lines.join("")).not.toContain("\n");
  return lines.map((line) => JSON.parse(line));
}

test("a line is one line of JSON: when, how grave, what, the log's own fields and the event's", () => {
  const always = { provider: "stripe/restricted-key", secret: "app/stripe", token: undefined };
  const lines = written((log) => {
    log.info("key_minted", { handle: "key_9", attempt: 0, proven: false });
    log.error("step_failed", {
      code: "unavailable",
      message: "two\nlines",
      timestamp: "mine",
      service: "mine",
    });
  }, always);
  const own = { provider: "stripe/restricted-key", secret: "app/stripe" };
  const timestamp = "2026-06-01T00:00:00.000Z";
  expect(lines).toEqual([
    { level: "info", timestamp, event: "key_minted", ...own, handle: "key_9", attempt: 0, proven: false },
    {
      ...{ level: "error", event: "step_failed", ...own },
      ...{ code: "unavailable", message: "two\nlines", timestamp: "mine", service: "mine" },
    },
  ]);
});

test("logs of one process share nothing", () => {
  const lines: string[] = [];
  const write = (line: string) => lines.push(line);
  const logs = createLogs(write);
  const [one, two] = [logs({ secret: "one" }), logs({ secret: "two" })];
  one.info("a");
  two.info("b", { only: "here" });
  one.info("c");
  expect(lines.map((line): unknown => JSON.parse(line))).toEqual([
    { level: "info", event: "a", secret: "one" },
    { level: "info", event: "b", secret: "two", only: "here" },
    { level: "info", event: "c", secret: "one" },
  ]);
});

test.each(["POWERTOOLS_LOG_LEVEL", "AWS_LAMBDA_LOG_LEVEL"])("%s leaves errors only", (variable) => {
  vi.stubEnv(variable, "ERROR");
  const lines = written((log) => {
    log.info("step_done");
    log.error("step_failed");
  });
  expect(lines).toMatchObject([{ event: "step_failed" }]);
});

test("what Powertools can be told in the environment adds no line of its own, and none of it goes elsewhere", () => {
  vi.stubEnv("POWERTOOLS_LOGGER_SAMPLE_RATE", "1");
  vi.stubEnv("POWERTOOLS_DEV", "true");
  vi.stubEnv("AWS_LAMBDA_LOG_LEVEL", "WARN");
  vi.stubEnv("POWERTOOLS_LOG_LEVEL", "DEBUG");
  const console = vi.spyOn(globalThis.console, "warn");
  const stdout = vi.spyOn(process.stdout, "write");
  expect(written((log) => log.error("step_failed"))).toMatchObject([{ event: "step_failed" }]);
  expect([console.mock.calls, stdout.mock.calls]).toEqual([[], []]);
  vi.restoreAllMocks();
});

test("X-Ray's trace id is in every line where Lambda has one", () => {
  vi.stubEnv(
    "_X_AMZN_TRACE_ID",
    "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=557abcec3ee5a047;Sampled=1",
  );
  const xray_trace_id = "1-5759e988-bd862e3fe1be46a994272793";
  expect(written((log) => log.info("step_done"))).toMatchObject([{ event: "step_done", xray_trace_id }]);
});
