import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as z from "zod/mini";
import { eventSwitchDefaults } from "../../services/sandbox/aws/events/bus.js";
import { logSwitchDefaults } from "../../services/sandbox/aws/logs/log-groups.js";
import { queueSwitchDefaults } from "../../services/sandbox/aws/queues/queues.js";
import { type Sandbox, startSandbox } from "../../services/sandbox/sandbox.js";

const page = await readFile(new URL("../../docs/sandbox-events.md", import.meta.url), "utf8");
const tables = new Map<string, string[][]>();
for (const part of page.split(/\n(?=#)/)) {
  const rows = part.split("\n").filter((line) => line.startsWith("|"));
  const cells = rows.map((row) => row.slice(1, -1).split("|"));
  tables.set(
    /^#+ (.*)/.exec(part)?.[1] ?? "",
    cells.slice(1).map((row) => row.map((cell) => cell.trim())),
  );
}
const plain = (cell = "") => cell.replaceAll("`", "");

const kept: { sandbox?: Sandbox } = {};
beforeAll(async () => {
  kept.sandbox = await startSandbox();
});
afterAll(() => kept.sandbox?.close());

describe.each([
  ["EventBridge", "events", "AWSEvents", "1.1", "bus", eventSwitchDefaults],
  ["SQS", "sqs", "AmazonSQS", "1.0", "queues", queueSwitchDefaults],
  ["CloudWatch Logs", "logs", "Logs_20140328", "1.1", "logs", logSwitchDefaults],
] as const)("%s", (title, service, target, version, place, defaults) => {
  test("the page tells of every operation, in order, and how each row is known", async () => {
    const answer = await fetch(kept.sandbox?.urls.aws ?? "", {
      method: "POST",
      headers: {
        "content-type": `application/x-amz-json-${version}`,
        "x-amz-target": `${target}.Nothing`,
        authorization: `AWS4-HMAC-SHA256 Credential=keyturn-sandbox/20260601/us-east-1/${service}/aws4_request`,
      },
      body: "{}",
    });
    const { message } = z.object({ message: z.string() }).parse(await answer.json());
    const [, known = ""] = /It knows (.*)\.$/.exec(message) ?? [];
    const rows = (tables.get(title) ?? []).filter(([first = ""]) => !first.startsWith("-"));
    expect(rows.map(([name]) => name).filter((name) => /^\w/.test(name ?? ""))).toEqual(known.split(", "));
    for (const [name, behaviour = "", marks = ""] of rows) {
      const referred = behaviour === "see below";
      expect(referred || /^[MDRC](, [MDRC])*$/.test(marks), `${name}: ${marks}`).toBe(true);
    }
  });

  test("the page's switches are those there are, with their defaults and what they take", () => {
    const rows = (tables.get(`Switches of ${title}`) ?? []).filter(([first = ""]) => first.startsWith("`"));
    expect(rows.map(([name, , usual]) => [plain(name), plain(usual)])).toEqual(
      Object.entries(defaults).map(([name, usual]) => [name, String(usual)]),
    );
    const switches = kept.sandbox?.aws[place];
    const refused = (name: string, value: unknown) =>
      expect(() => switches?.set(name, value), `${name} ${String(value)}`).toThrow(RangeError);
    for (const [cell, values = ""] of rows) {
      const name = plain(cell);
      const [, least, most] = /^(\d+) to (\d+)$/.exec(values) ?? [];
      const taken = least === undefined ? values.split(", ").map(plain) : [Number(least), Number(most)];
      for (const value of taken) switches?.set(name, value);
      for (const value of [-1, Number(most ?? 0) + 1, "other", null]) refused(name, value);
    }
    refused("colour", "red");
  });
});
