import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { afterAll, beforeAll, expect, it } from "vitest";
import { dial } from "../../../providers/kit/dial.js";

let address = "";
let accepted: Promise<Socket>;
const server = createServer();
beforeAll(async () => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const at = server.address();
  address = `127.0.0.1:${typeof at === "object" && at ? at.port : 0}`;
});
afterAll(() => void server.close());

const next = () => {
  accepted = once(server, "connection").then(([socket]) => socket);
  accepted.then((socket) => socket.on("error", () => undefined)).catch(() => undefined);
};
const never = new AbortController().signal;
const failed = (found: string) =>
  expect.objectContaining({ code: "unavailable", message: expect.stringContaining(found) });

it("reaches the address, and nothing is over before its time", async () => {
  next();
  const { socket, over } = await dial({ address, signal: never, timeoutMs: 5000 });
  const other = await accepted;
  other.end("here");
  expect(String((await once(socket, "data"))[0])).toBe("here");
  expect(over.aborted).toBe(false);
  socket.destroy();
});

it("reaches a name", async () => {
  next();
  const named = address.replace("127.0.0.1", "localhost");
  const { socket } = await dial({ address: named, signal: never, timeoutMs: 5000 });
  (await accepted).destroy();
  await once(socket, "close");
});

it("says that nobody listens, naming the address", async () => {
  const closed = createServer().listen(0, "127.0.0.1");
  await once(closed, "listening");
  const at = closed.address();
  const dead = `127.0.0.1:${typeof at === "object" && at ? at.port : 0}`;
  closed.close();
  await once(closed, "close");
  await expect(dial({ address: dead, signal: never, timeoutMs: 5000 })).rejects.toEqual(
    failed(`a connection to ${dead} within 5 s; found no such host, or a refused connection`),
  );
});

it("does not begin, or go on, when nobody waits any more", async () => {
  const before = AbortSignal.abort();
  await expect(dial({ address, signal: before, timeoutMs: 5000 })).rejects.toEqual(failed("none in time"));
  const caller = new AbortController();
  const dialling = dial({ address, signal: caller.signal, timeoutMs: 5000 });
  caller.abort();
  await expect(dialling).rejects.toEqual(failed("none in time"));
});

it.each(["signal", "time"])("is gone when the %s is over, whoever holds it", async (what) => {
  next();
  const caller = new AbortController();
  const timeoutMs = what === "time" ? 60 : 5000;
  const { socket, over } = await dial({ address, signal: caller.signal, timeoutMs });
  const other = await accepted;
  if (what === "signal") caller.abort();
  await Promise.all([once(socket, "close"), once(other.resume(), "close")]);
  expect([over.aborted, socket.destroyed]).toEqual([true, true]);
});

it("brings nobody down with an error that nobody listens to", async () => {
  next();
  const { socket } = await dial({ address, signal: never, timeoutMs: 5000 });
  (await accepted).resetAndDestroy();
  await new Promise((resolve) => socket.resume().once("close", resolve));
  expect(socket.errored).toMatchObject({ code: "ECONNRESET" });
});
