import {
  CreateSecretCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  RotateSecretCommand,
} from "@aws-sdk/client-secrets-manager";
import { describe, expect, onTestFinished, test } from "vitest";
import * as z from "zod/mini";
import { type SandboxOptions, startSandbox } from "../../services/sandbox/sandbox.js";
import { sandboxClient } from "../../services/sandbox/seed.js";

const at = "2026-03-01T12:00:00.000Z";
const functionArn = "arn:aws:lambda:us-east-1:123456789012:function:rotate";
const journalShape = z.object({ entries: z.array(z.looseObject({ seq: z.number() })), next: z.number() });

/** A sandbox that ends with the test, a client that does not try again, and its control port. */
async function start(options: SandboxOptions = {}) {
  const sandbox = await startSandbox({ start: new Date(at), ...options });
  onTestFinished(sandbox.close);
  const client = sandboxClient(sandbox);
  const { control } = sandbox.urls;
  const answerOf = async (answer: Response) => ({ status: answer.status, body: await answer.json() });
  const get = async (path: string) => answerOf(await fetch(control + path));
  const post = async (path: string, body: unknown, type = "application/json") => {
    const text = typeof body === "string" ? body : JSON.stringify(body);
    return answerOf(
      await fetch(control + path, { method: "POST", headers: { "content-type": type }, body: text }),
    );
  };
  const journal = async (since = 0) => journalShape.parse((await get(`/journal?since=${since}`)).body);
  return { sandbox, client, get, post, journal };
}

describe("what it refuses", () => {
  const refused: [string, string, { type?: string; body?: unknown }, number, string, RegExp][] = [
    [
      "POST",
      "/clock",
      { type: "text/plain", body: '{"advance":"1h"}' },
      415,
      "content_type_refused",
      /text\/plain/,
    ],
    [
      "POST",
      "/reset",
      { type: "application/x-www-form-urlencoded", body: "{}" },
      415,
      "content_type_refused",
      /json/,
    ],
    ["POST", "/reset", { type: "application/jsonp", body: "{}" }, 415, "content_type_refused", /json/],
    ["POST", "/reset", { body: "" }, 400, "body_invalid", /JSON/],
    ["POST", "/reset", { body: { all: true } }, 400, "body_invalid", /{}/],
    ["POST", "/clock", { body: { advance: "1 hour" } }, 400, "body_invalid", /1h30m/],
    ["POST", "/clock", { body: { advance: "9999d" } }, 400, "body_invalid", /ten years/],
    ["POST", "/clock", { body: { advance: 60 } }, 400, "body_invalid", /"advance":"1h30m"/],
    ["POST", "/clock", { body: { advance: "1h", moving: true } }, 400, "body_invalid", /moving/],
    [
      "POST",
      "/faults",
      { body: { service: "gitlab" } },
      400,
      "body_invalid",
      /secretsmanager, scheduler, events, sqs, logs, github, stripe/,
    ],
    [
      "POST",
      "/settings",
      { body: { service: "control", name: "a", value: 1 } },
      400,
      "body_invalid",
      /secretsmanager/,
    ],
    [
      "POST",
      "/settings",
      { body: { service: "constructor", name: "a", value: 1 } },
      400,
      "body_invalid",
      /github/,
    ],
    [
      "POST",
      "/settings",
      { body: { service: "github", name: "mood", value: 1 } },
      400,
      "body_invalid",
      /deathSeconds/,
    ],
    [
      "POST",
      "/settings",
      { body: { service: "secretsmanager", name: "retries", value: -1 } },
      400,
      "body_invalid",
      /retries/,
    ],
    ["POST", "/idle", { body: [] }, 400, "body_invalid", /{}/],
    ["GET", "/journal?since=-1", {}, 400, "body_invalid", /since/],
    ["GET", "/idle", {}, 405, "method_refused", /POST \/idle/],
    ["OPTIONS", "/clock", {}, 405, "method_refused", /GET \/clock or POST \/clock/],
    ["GET", "/", {}, 404, "route_unknown", /POST \/reset, GET \/clock, .*POST \/idle/],
    ["GET", "/constructor", {}, 404, "route_unknown", /GET \/keys/],
  ];

  test("each with its status, its code and what was expected; nothing changes", async () => {
    const { sandbox } = await start();
    for (const [method, path, { type = "application/json", body }, status, error, message] of refused) {
      const text = typeof body === "string" ? body : JSON.stringify(body);
      const answer = await fetch(sandbox.urls.control + path, {
        method,
        ...(body === undefined ? {} : { body: text, headers: { "content-type": type } }),
      });
      const seen = { status: answer.status, ...z.looseObject({}).parse(await answer.json()) };
      expect(seen, `${method} ${path} ${text}`).toEqual({
        status,
        error,
        message: expect.stringMatching(message),
      });
      expect([...answer.headers.keys()].filter((name) => name.startsWith("access-control"))).toEqual([]);
    }
    expect(sandbox.timeline.now()).toEqual(new Date(at));
  });

  test("at every port that speaks HTTP: a page's origin", async () => {
    const { sandbox } = await start();
    for (const url of Object.values(sandbox.urls).filter((one) => one.startsWith("http"))) {
      const answer = await fetch(url, { headers: { origin: "https://example.com" } });
      expect([answer.status, await answer.json()]).toMatchObject([403, { error: "origin_refused" }]);
    }
  });
});

test("the clock is shown, advanced, let go and stopped", async () => {
  const { get, post } = await start();
  expect(await get("/clock")).toEqual({ status: 200, body: { now: at, moving: false } });
  expect(await post("/clock", { advance: "1h30m" })).toEqual({
    status: 200,
    body: { now: "2026-03-01T13:30:00.000Z", fired: 0 },
  });
  const moving = await post("/clock", { moving: true });
  expect(moving).toMatchObject({ status: 200, body: { moving: true } });
  const stopped = await post("/clock", { moving: false }, "Application/JSON; charset=utf-8");
  expect(stopped).toMatchObject({ status: 200, body: { moving: false } });
  expect(await get("/clock")).toEqual(stopped);
});

test("advancing answers when what fell due is over, in order, and idle when no rotation runs", async () => {
  const { sandbox, client, post, journal } = await start();
  const steps: string[] = [];
  const shape = z.object({ Step: z.string() });
  sandbox.functions.register(
    functionArn,
    async (event, { clock }) => {
      const { Step } = shape.parse(event);
      if (Step === "createSecret" && steps.length === 0) {
        steps.push("fails");
        throw new Error("not yet");
      }
      await clock.sleep(5_000);
      steps.push(`${Step} ${clock.now().toISOString().slice(11, 19)}`);
    },
    "function-key",
  );
  await client.send(new CreateSecretCommand({ Name: "app/one", SecretString: "{}" }));
  await client.send(new RotateSecretCommand({ SecretId: "app/one", RotationLambdaARN: functionArn }));
  expect(await post("/idle", {})).toEqual({ status: 200, body: {} });
  expect(steps).toEqual(["fails"]);
  // AWS tries a failed rotation again, a minute later by default.
  const { body } = await post("/clock", { advance: "1m" });
  expect(body).toMatchObject({ now: "2026-03-01T12:01:20.000Z" });
  expect(steps).toEqual([
    "fails",
    "createSecret 12:01:05",
    "setSecret 12:01:10",
    "testSecret 12:01:15",
    "finishSecret 12:01:20",
  ]);
  const { entries, next } = await journal();
  expect(entries.map(({ seq }) => seq)).toEqual(entries.map((_, index) => index + 1));
  expect(next).toBe(entries.length);
  expect(await journal(next - 2)).toEqual({ entries: entries.slice(-2), next });
  expect(entries).toContainEqual(
    expect.objectContaining({ kind: "invocation", step: "setSecret", phase: "end" }),
  );
});

test("faults at each vendor and at AWS: scripted, journalled, cleared", async () => {
  const { sandbox, client, post, journal } = await start();
  const { github, stripe } = sandbox.urls;
  expect(await post("/faults", { service: "github", times: "always", fault: { kind: "refuse" } })).toEqual({
    status: 200,
    body: {},
  });
  for (let turn = 0; turn < 3; turn++) await expect(fetch(`${github}/meta`)).rejects.toThrow();
  expect((await fetch(`${stripe}/v1/customers`)).status).toBe(401);
  await post("/faults", { clear: true });
  expect((await fetch(`${github}/meta`)).status).toBe(200);

  await post("/faults", { service: "secretsmanager", operation: "CreateSecret", fault: { kind: "lose" } });
  await post("/faults", { service: "secretsmanager", operation: "ListSecrets", fault: { kind: "throttle" } });
  const before = (await journal()).next;
  await client.send(new CreateSecretCommand({ Name: "app/one", SecretString: "{}" }));
  await client.send(new ListSecretsCommand({}));
  const seen = (await journal(before)).entries.map(({ operation, status, error }) => [
    operation,
    status,
    error,
  ]);
  expect(seen).toEqual([
    ["CreateSecret", 200, "lose"],
    ["CreateSecret", 200, undefined],
    ["ListSecrets", 400, "throttle"],
    ["ListSecrets", 200, undefined],
  ]);
});

test("settings reach the service; keys tell who is live, and hold no value", async () => {
  const { sandbox, get, post } = await start();
  const set = (service: string, name: string, value: unknown) => post("/settings", { service, name, value });
  expect(await set("github", "secondaryLimit", "bare")).toEqual({ status: 200, body: {} });
  expect((await fetch(`${sandbox.urls.github}/meta`)).status).toBe(403);
  expect(await set("stripe", "deathSeconds", 30)).toEqual({ status: 200, body: {} });
  expect(await set("secretsmanager", "retries", 0)).toEqual({ status: 200, body: {} });

  const key = { provider: "github/installation-token", handle: "h1", label: "", live: true, retired: false };
  const fake = { ...sandbox.vendors.github, keys: () => [key] };
  const other = await start({ vendors: { github: () => fake } });
  expect(await other.get("/keys")).toEqual({ status: 200, body: { keys: [key] } });
  expect(await get("/keys")).toEqual({ status: 200, body: { keys: [] } });
});

test("a reset empties everything, turns the clock back and keeps the registered functions", async () => {
  const { sandbox, client, get, post, journal } = await start();
  let invoked = 0;
  sandbox.functions.register(functionArn, async () => void invoked++, "function-key");
  await client.send(new CreateSecretCommand({ Name: "app/one", SecretString: "{}" }));
  await post("/clock", { advance: "2d" });
  await post("/settings", { service: "github", name: "secondaryLimit", value: "bare" });
  await post("/faults", { service: "stripe", times: "always", fault: { kind: "refuse" } });
  expect(await post("/reset", {})).toEqual({ status: 200, body: {} });

  expect(await get("/clock")).toEqual({ status: 200, body: { now: at, moving: false } });
  expect((await journal()).entries).toEqual([]);
  expect((await fetch(`${sandbox.urls.github}/meta`)).status).toBe(200);
  expect((await fetch(`${sandbox.urls.stripe}/v1/customers`)).status).toBe(401);
  await expect(client.send(new GetSecretValueCommand({ SecretId: "app/one" }))).rejects.toThrow(/can't find/);
  await client.send(new CreateSecretCommand({ Name: "app/one", SecretString: "{}" }));
  await client.send(new RotateSecretCommand({ SecretId: "app/one", RotationLambdaARN: functionArn }));
  await post("/idle", {});
  expect(invoked).toBe(4);
});
