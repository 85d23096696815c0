import { CloudWatchLogs } from "@aws-sdk/client-cloudwatch-logs";
import { EventBridge } from "@aws-sdk/client-eventbridge";
import { Scheduler } from "@aws-sdk/client-scheduler";
import { SQS } from "@aws-sdk/client-sqs";
import { expect, test } from "vitest";
import * as z from "zod/mini";
import { sharedSandbox } from "./beside.js";

const { sandbox, clients } = sharedSandbox((config) => ({
  ...{ events: new EventBridge(config), logs: new CloudWatchLogs(config) },
  ...{ scheduler: new Scheduler(config), sqs: new SQS(config) },
}));
const errorShape = z.object({
  ...{ name: z.string(), message: z.string() },
  $metadata: z.object({ httpStatusCode: z.number() }),
});
const told = "The sandbox was told to answer this";

const make = (service: string): Promise<unknown> => {
  const { events, logs, scheduler, sqs } = clients();
  if (service === "events") return events.createEventBus({ Name: "x" });
  if (service === "logs") return logs.createLogGroup({ logGroupName: "x" });
  if (service === "sqs") return sqs.createQueue({ QueueName: "x" });
  return scheduler.createScheduleGroup({ Name: "x" });
};

test.each([
  ["events", { kind: "throttle" }, "400 ThrottlingException: Rate exceeded"],
  ["events", { kind: "status", status: 500 }, `500 InternalException: ${told}`],
  ["events", { kind: "status-after", status: 400 }, `400 ValidationException: ${told}`],
  ["logs", { kind: "throttle" }, "400 ThrottlingException: Rate exceeded"],
  ["logs", { kind: "status", status: 503 }, `503 ServiceUnavailableException: ${told}`],
  ["logs", { kind: "status", status: 400 }, `400 InvalidParameterException: ${told}`],
  ["sqs", { kind: "throttle" }, "400 RequestThrottled: Rate exceeded"],
  ["sqs", { kind: "status", status: 500 }, `500 InternalError: ${told}`],
  ["sqs", { kind: "status", status: 400 }, `400 InvalidParameterValue: ${told}`],
  ["scheduler", { kind: "throttle" }, "429 ThrottlingException: Rate exceeded"],
  ["scheduler", { kind: "status", status: 500 }, `500 InternalServerException: ${told}`],
  ["scheduler", { kind: "status", status: 400 }, `400 ValidationException: ${told}`],
])("%s, %j: its SDK reads %s", async (service, fault, expected) => {
  sandbox().faults.add({ service, fault });
  const error: unknown = await make(service).catch((thrown: unknown) => thrown);
  const { name, message, $metadata } = errorShape.parse(error);
  expect(`${$metadata.httpStatusCode} ${name}: ${message}`).toBe(expected);
  const [entry] = sandbox().journal.since(0);
  expect(entry).toMatchObject({ kind: "request", service, error: fault.kind });
  // The fault is spent. What was done before its answer was lost is there.
  const again = await make(service).then(
    () => "made",
    () => "there",
  );
  expect(again).toBe(fault.kind === "status-after" ? "there" : "made");
});

test("credentials that look real are refused, as is what is not signed for the service, or not its JSON", async () => {
  const { aws } = sandbox().urls;
  const ask = async (headers: Record<string, string>, body = "{}") => {
    const answer = await fetch(aws, {
      method: "POST",
      headers: {
        "content-type": "application/x-amz-json-1.1",
        "x-amz-target": "AWSEvents.ListEventBuses",
        authorization: scope("keyturn-sandbox"),
        ...headers,
      },
      body,
    });
    const { __type, message } = z
      .object({ __type: z.string(), message: z.string() })
      .parse(await answer.json());
    return `${answer.status} ${__type}: ${message}`;
  };
  const scope = (id: string) =>
    `AWS4-HMAC-SHA256 Credential=${id}/20260601/us-east-1/events/aws4_request, SignedHeaders=host, Signature=0`;
  const real = `AKIA${"X".repeat(16)}`;
  expect(await ask({ authorization: scope(real) })).toMatch(
    /^403 UnrecognizedClientException: .*keyturn-sandbox/,
  );
  expect(await ask({}, "{")).toMatch(/^400 SerializationException: /);
  expect(await ask({}, '{"Limit":"1"}')).toMatch(
    /^400 SerializationException: .*'limit' cannot be read as number/,
  );
  expect(await ask({}, '{"Colour":"red"}')).toMatch(
    /^400 ValidationException: .*The sandbox's EventBridge does not support Colour/,
  );
  expect(await ask({ "x-amz-target": "AWSEvents.PutPermission" })).toMatch(
    /^400 UnknownOperationException: .*does not know PutPermission. It knows CreateEventBus, /,
  );
  expect(await ask({ "x-amz-target": "AWSEvents.constructor" })).toMatch(/does not know constructor/);
  expect(await ask({ "content-type": "application/x-amz-json-1.0" })).toMatch(
    /content type .*json-1.1; found/,
  );
  expect(await ask({ "x-amz-target": "secretsmanager.ListSecrets" })).toMatch(/X-Amz-Target AWSEvents/);
});
