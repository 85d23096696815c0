import { EventEmitter, once } from "node:events";
import { describe, expect, onTestFinished, test } from "vitest";
import type { FakeRequest, FakeResponse } from "../../providers/kit/fake.js";
import { createFaults } from "../../services/sandbox/faults.js";
import { loopbackOnly } from "../../services/sandbox/guard.js";
import type { JournalLine } from "../../services/sandbox/parts.js";
import { serve } from "../../services/sandbox/server.js";
import { rawRequest } from "./raw-request.js";

const now = new Date("2026-03-01T12:00:00.000Z");

/** A server on a free port, before a service that remembers what reached it. It ends with the test. */
async function start(
  answer: (request: FakeRequest) => FakeResponse | Promise<FakeResponse>,
  name = "vendor",
) {
  const reached: FakeRequest[] = [];
  const journal: JournalLine[] = [];
  const waiting: (() => void)[] = [];
  const faults = createFaults([name]);
  const server = await serve(
    {
      handle: (request) => {
        reached.push(request);
        return answer(request);
      },
    },
    {
      ...{ name, port: 0, faults, guard: loopbackOnly, now: () => now },
      record: (line) => {
        journal.push(line);
        for (const resolve of waiting.splice(0)) resolve();
      },
    },
  );
  onTestFinished(server.close);
  const recorded = () => new Promise<void>((resolve) => waiting.push(resolve));
  return { ...server, reached, journal, faults, recorded };
}

const order: FakeResponse = {
  status: 201,
  body: { id: "order-1", filling: "x".repeat(200) },
  route: "/orders/{id}",
  credential: "key-1",
};

describe("a request", () => {
  test("arrives whole, and its answer and journal line are the service's", async () => {
    const { url, reached, journal } = await start(() => order);
    const answer = await fetch(`${url}/orders/1?a=%20b&a=c`, {
      method: "PUT",
      headers: { "X-Some": "thing" },
      body: '{"naïve":1}',
    });
    expect([answer.status, await answer.json()]).toEqual([201, order.body]);
    expect(answer.headers.get("content-type")).toBe("application/json; charset=utf-8");
    expect(answer.headers.get("date")).toBe("Sun, 01 Mar 2026 12:00:00 GMT");
    expect(reached).toMatchObject([
      { method: "PUT", path: "/orders/1", body: '{"naïve":1}', headers: { "x-some": "thing" } },
    ]);
    expect(reached[0]?.query.getAll("a")).toEqual([" b", "c"]);
    expect(journal).toEqual([
      {
        ...{ kind: "request", service: "vendor", operation: "PUT /orders/{id}" },
        ...{ status: 201, credential: "key-1" },
      },
    ]);
  });

  test("without a route in its answer leaves no line; content types and empty bodies are kept", async () => {
    const answers: Record<string, FakeResponse> = {
      "/text": { status: 200, headers: { "Content-Type": "text/plain" }, body: "as it is" },
      "/aws": { status: 200, headers: { "content-type": "application/x-amz-json-1.1" }, body: "text" },
      "/none": { status: 204 },
    };
    const { url, journal } = await start(({ path }) => answers[path] ?? { status: 404 });
    const got = async (path: string) => {
      const answer = await fetch(url + path);
      return [answer.status, answer.headers.get("content-type"), await answer.text()];
    };
    expect(await got("/text")).toEqual([200, "text/plain", "as it is"]);
    expect(await got("/aws")).toEqual([200, "application/x-amz-json-1.1", '"text"']);
    expect(await got("/none")).toEqual([204, null, ""]);
    expect(journal).toEqual([]);
  });

  test("of ten megabytes arrives, a larger one is refused", async () => {
    const { url, reached } = await start(() => order);
    const send = async (bytes: number) =>
      (await fetch(url, { method: "POST", body: Buffer.alloc(bytes, "a") })).status;
    expect(await send(10 * 1024 * 1024)).toBe(201);
    expect(await send(10 * 1024 * 1024 + 1)).toBe(413);
    expect(reached.map(({ body }) => body.length)).toEqual([10 * 1024 * 1024]);
  });

  test("that makes the service throw gets a 500 without the message", async () => {
    const { url } = await start(() => {
      throw new TypeError("may hold a value");
    });
    const answer = await fetch(url);
    const body = await answer.text();
    expect([answer.status, body]).toEqual([500, expect.stringMatching(/TypeError at server\.test\.ts:\d+/)]);
    expect(body).not.toContain("may hold");
  });
});

describe("the guard", () => {
  const refused: [string, (port: string) => Record<string, string>, string][] = [
    ["a page's origin", () => ({ origin: "https://example.com" }), "origin_refused"],
    ["a page from loopback", (port) => ({ origin: `http://127.0.0.1:${port}` }), "origin_refused"],
    ["an opaque origin", () => ({ origin: "null" }), "origin_refused"],
    ["a name that leads to loopback", (port) => ({ host: `rebound.example.com:${port}` }), "host_refused"],
    ["a name that begins as loopback", (port) => ({ host: `127.0.0.1.example.com:${port}` }), "host_refused"],
    ["another port", () => ({ host: "127.0.0.1:1" }), "host_refused"],
    ["no port", () => ({ host: "localhost" }), "host_refused"],
    ["any address", (port) => ({ host: `0.0.0.0:${port}` }), "host_refused"],
  ];
  test.each(refused)("refuses %s", async (_what, headersFor, code) => {
    const { url, port, reached, journal } = await start(() => order);
    const answer = await rawRequest(url, { method: "POST", headers: headersFor(String(port)), body: "{}" });
    expect(answer.status).toBe(403);
    expect(JSON.parse(answer.body)).toEqual({
      error: code,
      message: expect.stringMatching(/refuse|expected/),
    });
    expect(answer.headers).not.toHaveProperty("access-control-allow-origin");
    expect([reached, journal]).toEqual([[], []]);
  });

  test("a request that would be refused spends no fault", async () => {
    const { url, faults } = await start(() => order);
    faults.add({ service: "vendor", fault: { kind: "status", status: 503 } });
    await rawRequest(url, { headers: { origin: "null" } });
    expect((await fetch(url)).status).toBe(503);
  });

  test.each(["127.0.0.1", "localhost", "LOCALHOST", "[::1]"])(
    "lets in Host %s with its port",
    async (host) => {
      const { url, port } = await start(() => order);
      expect((await rawRequest(url, { headers: { host: `${host}:${port}` } })).status).toBe(201);
    },
  );
});

test("listens on 127.0.0.1 only; closing ends open connections and frees the port", async () => {
  const asked = new EventEmitter();
  const arrived = once(asked, "request");
  const { url, port, close } = await start(() => {
    asked.emit("request");
    return Promise.race<FakeResponse>([]);
  });
  await expect(fetch(`http://[::1]:${port}`)).rejects.toThrow();
  const open = fetch(url).catch(() => "ended");
  await arrived;
  await close();
  expect(await open).toBe("ended");
  await expect(fetch(url)).rejects.toThrow();
});

test("a taken port is a coded error that names the way out", async () => {
  const { port, faults } = await start(() => order);
  const again = serve(
    { handle: () => order },
    { name: "vendor", port, faults, record: () => undefined, guard: loopbackOnly, now: () => now },
  );
  await expect(again).rejects.toMatchObject({
    code: "port_taken",
    message: expect.stringMatching(new RegExp(`port ${port} .*--port 0`)),
  });
});

describe("faults", () => {
  interface Seen {
    /** The answer's status, or that the connection ended; and whether the body came whole. */
    readonly seen: string;
    readonly reaches: boolean;
    readonly line: Partial<JournalLine>;
    readonly body?: unknown;
  }
  const cases: [Record<string, unknown>, Seen][] = [
    [
      { kind: "status", status: 503, headers: { "retry-after": "7" }, body: { message: "no" } },
      { seen: "503 whole", reaches: false, line: { status: 503 }, body: { message: "no" } },
    ],
    [
      { kind: "status", status: 204 },
      { seen: "204 whole", reaches: false, line: { status: 204 } },
    ],
    [
      { kind: "status-after", status: 502 },
      { seen: "502 whole", reaches: true, line: { status: 201 } },
    ],
    [{ kind: "refuse" }, { seen: "ended", reaches: false, line: { status: 0 } }],
    [{ kind: "lose" }, { seen: "ended", reaches: true, line: { status: 201 } }],
    [{ kind: "half-close" }, { seen: "201 broken", reaches: true, line: { status: 201 } }],
    [
      { kind: "html", status: 200 },
      { seen: "200 whole", reaches: false, line: { status: 200 } },
    ],
    [
      { kind: "redirect", location: "https://elsewhere.example" },
      { seen: "302 whole", reaches: false, line: { status: 302 } },
    ],
    [
      { kind: "redirect", location: "/login", status: 307 },
      { seen: "307 whole", reaches: false, line: { status: 307 } },
    ],
    [{ kind: "throttle" }, { seen: "429 whole", reaches: false, line: { status: 429 } }],
  ];

  test.each(cases)("%j", async (fault, { seen, reaches, line, body }) => {
    const { url, faults, reached, journal } = await start(() => order);
    faults.add({ service: "vendor", fault });
    const look = async () => {
      const answer = await fetch(`${url}/orders/1`, { method: "POST", body: "{}", redirect: "manual" });
      const text = await answer.text().catch(() => undefined);
      return { answer, text, seen: `${answer.status} ${text === undefined ? "broken" : "whole"}` };
    };
    const first = await look().catch(() => undefined);
    expect(first?.seen ?? "ended").toBe(seen);
    expect(reached.length).toBe(reaches ? 1 : 0);
    const operation = reaches ? "POST /orders/{id}" : "POST /orders/1";
    expect(journal).toMatchObject([{ service: "vendor", operation, error: fault["kind"], ...line }]);
    if (body) expect(JSON.parse(first?.text ?? "")).toEqual(body);
    const { headers } = first?.answer ?? {};
    if (fault["kind"] === "html")
      expect([headers?.get("content-type"), first?.text]).toEqual([
        expect.stringMatching(/^text\/html/),
        expect.stringMatching(/^<!doctype/),
      ]);
    if (fault["kind"] === "redirect") expect(headers?.get("location")).toBe(fault["location"]);
    if (fault["headers"]) expect(headers?.get("retry-after")).toBe("7");
    expect((await look()).seen).toBe("201 whole");
  });

  test("hang: no answer until the faults are cleared, then the connection ends", async () => {
    const { url, faults, reached, journal, recorded } = await start(() => order);
    faults.add({ service: "vendor", times: "always", fault: { kind: "hang" } });
    const line = recorded();
    const hanging = fetch(url).then(
      () => "answered",
      () => "ended",
    );
    await line;
    const winner = await Promise.race([
      hanging,
      new Promise((resolve) => setTimeout(resolve, 50, "silence")),
    ]);
    expect(winner).toBe("silence");
    faults.clear();
    expect(await hanging).toBe("ended");
    expect([reached, journal]).toMatchObject([[], [{ status: 0, error: "hang" }]]);
    expect((await fetch(url)).status).toBe(201);
  });

  test("hang: closing the server ends it too", async () => {
    const { url, faults, close, recorded } = await start(() => order);
    faults.add({ service: "vendor", fault: { kind: "hang" } });
    const line = recorded();
    const hanging = fetch(url).catch(() => "ended");
    await line;
    await close();
    expect(await hanging).toBe("ended");
  });

  test.each([
    ["secretsmanager", 400, { __type: "ThrottlingException", message: "Rate exceeded" }],
    ["github", 429, { message: expect.any(String) }],
    ["stripe", 429, { error: { type: "rate_limit", code: "rate_limit", message: expect.any(String) } }],
  ])("throttle in the words of %s", async (name, status, body) => {
    const { url, faults } = await start(() => order, name);
    faults.add({ service: name, fault: { kind: "throttle" } });
    const answer = await fetch(url);
    expect([answer.status, await answer.json()]).toEqual([status, body]);
  });
});
