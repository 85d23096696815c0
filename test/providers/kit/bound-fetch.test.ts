import { randomBytes } from "node:crypto";
import { createServer, type Socket } from "node:net";
import { inspect } from "node:util";
import { afterEach, beforeEach, expect, it } from "vitest";
import { boundFetch } from "../../../providers/kit/bound-fetch.js";
import { type ServedFake, serveFake } from "../serve-fake.js";

let served: ServedFake;
beforeEach(async () => {
  served = await serveFake({ handle: ({ path }) => ({ status: 200, body: { path } }) });
});
afterEach(() => served.close());

const bounds = (more: { signal?: AbortSignal; timeoutMs?: number; endpoint?: string } = {}) => ({
  endpoint: served.url,
  signal: new AbortController().signal,
  timeoutMs: 5000,
  ...more,
});
const failing = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );

it("gives status, headers and body of a JSON answer, and sends what it was given", async () => {
  served.answer(() => ({ status: 201, headers: { "x-one": "1" }, body: { a: [1, "ü"] } }));
  const response = await boundFetch(bounds())(`${served.url}/path?q=1`, {
    method: "POST",
    headers: { "x-two": "2" },
    body: "sent",
  });
  expect(response.status).toBe(201);
  expect(response.headers.get("x-one")).toBe("1");
  expect(await response.json()).toEqual({ a: [1, "ü"] });
  expect(served.requests).toMatchObject([
    { method: "POST", path: "/path?q=1", headers: { "x-two": "2" }, body: "sent" },
  ]);
});

it("lets every error status through as it is, whatever its body", async () => {
  for (const status of [400, 401, 403, 404, 429, 500, 503, 599]) {
    served.answer(() => ({ status, headers: { "content-type": "text/html" }, body: "<p>no</p>" }));
    const response = await boundFetch(bounds())(served.url);
    expect([response.status, await response.text()]).toEqual([status, "<p>no</p>"]);
  }
});

it("passes empty and JSON successes and no other", async () => {
  const types = ["application/json", "application/vnd.github+json; charset=utf-8", "APPLICATION/JSON"];
  for (const type of types) {
    served.answer(() => ({ status: 200, headers: { "content-type": type }, body: {} }));
    expect((await boundFetch(bounds())(served.url)).status, type).toBe(200);
  }
  for (const status of [200, 202, 204, 205]) {
    served.answer(() => ({ status }));
    const response = await boundFetch(bounds())(served.url);
    expect([response.status, await response.text()]).toEqual([status, ""]);
  }
  for (const type of ["text/html", "text/plain", "application/octet-stream", "application/jsonp", ""]) {
    served.answer(() => ({ status: 200, headers: { "content-type": type }, body: "{}" }));
    await expect(boundFetch(bounds())(served.url), type).rejects.toMatchObject({ code: "unexpected" });
  }
});

it("refuses another origin before anything leaves", async () => {
  const port = new URL(served.url).port;
  const others = [`http://localhost:${port}/`, `https://127.0.0.1:${port}/`, "http://127.0.0.1:1/"];
  for (const url of others) {
    const error = await failing(boundFetch(bounds())(url));
    expect(error, url).toMatchObject({
      code: "unexpected",
      message: expect.stringContaining("another host"),
    });
  }
  expect(served.requests).toEqual([]);
  const longer = bounds({ endpoint: `${served.url}/api/v3` });
  expect((await boundFetch(longer)(`${served.url}/elsewhere`)).status).toBe(200);
});

it("follows no redirect, whatever the caller wants", async () => {
  for (const status of [300, 301, 302, 303, 304, 307, 308]) {
    served.requests.length = 0;
    served.answer(() => ({ status, headers: { location: `${served.url}/next` } }));
    const error = await failing(boundFetch(bounds())(served.url, { redirect: "follow" }));
    expect(error).toMatchObject({ code: "unexpected", message: expect.stringContaining(`HTTP ${status}`) });
    expect(served.requests).toHaveLength(1);
  }
});

it("is unavailable when the connection breaks, stays silent or is refused", async () => {
  served.answer(() => "drop");
  expect(await failing(boundFetch(bounds())(served.url))).toMatchObject({
    code: "unavailable",
    retryable: true,
    message: expect.stringContaining("broken or refused"),
  });
  served.answer(() => "hang");
  expect(await failing(boundFetch(bounds({ timeoutMs: 60 }))(served.url))).toMatchObject({
    code: "unavailable",
    message: expect.stringContaining("none in time"),
  });
  const { url } = served;
  await served.close();
  expect(await failing(boundFetch(bounds())(url))).toMatchObject({ code: "unavailable" });
});

it("stops with its own signal and with the request's", async () => {
  served.answer(() => "hang");
  for (const whose of ["bounds", "request"]) {
    const controller = new AbortController();
    const fetching =
      whose === "bounds"
        ? boundFetch(bounds({ signal: controller.signal }))(served.url)
        : boundFetch(bounds())(served.url, { signal: controller.signal });
    setImmediate(() => controller.abort());
    expect(await failing(fetching), whose).toMatchObject({ code: "unavailable" });
  }
  const over = bounds({ signal: AbortSignal.abort() });
  expect(await failing(boundFetch(over)(served.url))).toMatchObject({ code: "unavailable" });
});

it("takes half an answer for none, and does not wait for the rest of it beyond its time", async () => {
  const half = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{";
  await raw(
    (socket) => socket.end(half),
    async (endpoint) => {
      expect(await failing(boundFetch(bounds({ endpoint }))(endpoint))).toMatchObject({
        code: "unavailable",
      });
    },
  );
  await raw(
    (socket) => void socket.write(half),
    async (endpoint) => {
      const error = await failing(boundFetch(bounds({ endpoint, timeoutMs: 60 }))(endpoint));
      expect(error).toMatchObject({ code: "unavailable", message: expect.stringContaining("none in time") });
    },
  );
});

it("refuses an answer without end as soon as it is too long", async () => {
  const piece = Buffer.alloc(256 * 1024, 0x20);
  let sent = 0;
  await raw(
    (socket) => {
      const pour = () => {
        for (let more = true; more && !socket.destroyed; ) {
          sent += piece.byteLength;
          more = socket.write(piece);
        }
      };
      socket.on("drain", pour);
      socket.write("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n\r\n");
      pour();
    },
    async (endpoint) => {
      const error = await failing(boundFetch(bounds({ endpoint }))(endpoint));
      expect(error).toMatchObject({ code: "unexpected", message: expect.stringContaining("4 MB") });
    },
  );
  expect(sent).toBeLessThan(64 * 1024 * 1024);
});

it("takes an answer of exactly 4 MB, and not one byte more", async () => {
  const answerOf = (bytes: number) => ({
    status: 400,
    headers: { "content-type": "text/plain" },
    body: "a".repeat(bytes),
  });
  const limit = 4 * 1024 * 1024;
  served.answer(() => answerOf(limit));
  expect((await (await boundFetch(bounds())(served.url)).text()).length).toBe(limit);
  served.answer(() => answerOf(limit + 1));
  expect(await failing(boundFetch(bounds())(served.url))).toMatchObject({ code: "unexpected" });
});

it("is unexpected for a status that HTTP does not know", async () => {
  for (const status of [600, 999]) {
    served.answer(() => ({ status }));
    expect(await failing(boundFetch(bounds())(served.url)), `${status}`).toMatchObject({
      code: "unexpected",
    });
  }
});

it("never says what a request that cannot be sent held", async () => {
  const planted = randomBytes(16).toString("hex");
  const bad: readonly [string, RequestInit][] = [
    [served.url, { headers: { authorization: `${planted}\n.` } }],
    [served.url, { method: `GET ${planted}` }],
    [`http://[${planted}`, {}],
    [`/${planted}`, {}],
    [served.url, { method: "GET", body: planted }],
  ];
  for (const [url, init] of bad) {
    const error = await failing(boundFetch(bounds())(url, init));
    expect(error, url).toMatchObject({ code: "unexpected" });
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(planted);
  }
  served.answer(() => "drop");
  const request = { method: "POST", headers: { authorization: planted }, body: planted };
  const error = await failing(boundFetch(bounds())(`${served.url}/path?key=${planted}`, request));
  expect(error).toMatchObject({ message: expect.stringContaining("POST /path from") });
  expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(planted);
});

/** A server that says what no HTTP library would. */
async function raw(talk: (socket: Socket) => void, use: (endpoint: string) => Promise<void>): Promise<void> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.once("data", () => talk(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new TypeError("no port");
  try {
    await use(`http://127.0.0.1:${address.port}`);
  } finally {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  }
}
