import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { FakeRequest, FakeResponse } from "../../providers/kit/fake.js";
import { listenError } from "./errors.js";
import { answerOf } from "./fault-answers.js";
import { type Fault, type Faults, operationOf, type RequestHead } from "./faults.js";
import type { Guard } from "./guard.js";
import type { JournalLine } from "./parts.js";

/** A service behind a server. It is told the fault that its answer will meet, should it keep the journal itself. */
export interface Served {
  handle(request: FakeRequest, fault?: Fault["kind"]): FakeResponse | Promise<FakeResponse>;
}

export interface ServeOptions {
  /** The service's name, for faults and journal; by its request, where several share a port. */
  readonly name: string | ((head: RequestHead) => string);
  /** 0 for a free one. */
  readonly port: number;
  readonly faults: Pick<Faults, "meet" | "hold">;
  readonly record: (line: JournalLine) => void;
  readonly guard: Guard;
  /** For the `Date` header. */
  readonly now: () => Date;
}

export interface Server {
  readonly port: number;
  /** `http://127.0.0.1:<port>`, without a trailing slash. */
  readonly url: string;
  /** Stops listening and ends every connection. */
  close(): Promise<void>;
}

const maxBodyBytes = 10 * 1024 * 1024;

/**
 * Serves one service on 127.0.0.1. An exchange is written to the journal when the answer names its route, or when
 * a fault kept it from the service; its status is what the service said, even when the caller never saw it.
 * @throws SandboxError `port_taken` or `port_refused`
 */
export async function serve(service: Served, options: ServeOptions): Promise<Server> {
  let port = options.port;
  const server = createServer((incoming, outgoing) => {
    respond(incoming, outgoing, port, service, options).catch(() => incoming.socket.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error) => reject(listenError(error, port) ?? error));
    server.listen(port, "127.0.0.1", resolve);
  });
  const address = server.address();
  if (typeof address === "object" && address) port = address.port;
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

async function respond(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  port: number,
  service: Served,
  options: ServeOptions,
): Promise<void> {
  const { faults, record, guard, now } = options;
  const head = headOf(incoming);
  const name = typeof options.name === "string" ? options.name : options.name(head);
  const refuse = (status: number, error: string, message: string) =>
    send(outgoing, { status, headers: { connection: "close" }, body: { error, message } }, now());

  const refusal = guard(head.headers, port);
  if (refusal) {
    incoming.resume();
    return refuse(refusal.status, refusal.code, refusal.message);
  }
  const fault = faults.meet(name, head);
  const unreached = (status: number) => {
    if (fault)
      record({ kind: "request", service: name, operation: operationOf(head), status, error: fault.kind });
  };
  if (fault?.kind === "refuse") {
    unreached(0);
    incoming.socket.destroy();
    return;
  }
  if (fault?.kind === "hang") {
    unreached(0);
    incoming.resume();
    outgoing.once(
      "close",
      faults.hold(() => incoming.socket.destroy()),
    );
    return;
  }
  const body = await bodyOf(incoming);
  if (body === undefined) return refuse(413, "body_too_large", `Bodies hold ${maxBodyBytes} bytes at most.`);

  const told = fault && answerOf(fault, name);
  if (told && fault.kind !== "status-after") {
    unreached(told.status);
    return send(outgoing, told, now());
  }
  const answer = await answerFrom(service, { ...head, body }, fault);
  if (answer.route !== undefined) {
    record({
      kind: "request",
      service: name,
      operation: answer.operation ?? `${head.method} ${answer.route}`,
      status: answer.status,
      ...(fault && { error: fault.kind }),
      ...(answer.credential !== undefined && { credential: answer.credential }),
    });
  }
  if (fault?.kind === "lose") incoming.socket.destroy();
  else if (fault?.kind === "half-close") sendHalf(outgoing, answer, now());
  else send(outgoing, told ?? answer, now());
}

function headOf(incoming: IncomingMessage): RequestHead {
  const [path = "/", query] = splitOnce(incoming.url ?? "/", "?");
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(incoming.headers)) {
    headers[name] = Array.isArray(value) ? value.join(", ") : (value ?? "");
  }
  return { method: incoming.method ?? "", path, query: new URLSearchParams(query), headers };
}

function splitOnce(text: string, at: string): readonly string[] {
  const index = text.indexOf(at);
  return index < 0 ? [text] : [text.slice(0, index), text.slice(index + 1)];
}

/** The whole body, or undefined when it is too large; the rest of that is read and dropped. Rejects when its sender goes away. */
function bodyOf(incoming: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  return new Promise((resolve, reject) => {
    incoming.on("data", (chunk: Buffer) => {
      size += chunk.byteLength;
      if (size <= maxBodyBytes) chunks.push(chunk);
    });
    incoming.once("end", () =>
      resolve(size <= maxBodyBytes ? Buffer.concat(chunks).toString("utf8") : undefined),
    );
    incoming.once("error", reject);
  });
}

/** A service that throws is a bug of the sandbox: the answer says where, and not the message, which may hold a value. */
async function answerFrom(
  service: Served,
  request: FakeRequest,
  fault: Fault | undefined,
): Promise<FakeResponse> {
  try {
    return await service.handle(request, fault?.kind);
  } catch (error) {
    const name = error instanceof Error ? error.name : typeof error;
    const where =
      error instanceof Error ? error.stack?.match(/\n\s+at [^\n]*\/([\w.-]+:\d+)/)?.[1] : undefined;
    return {
      status: 500,
      body: {
        error: "sandbox_bug",
        message: `The sandbox failed: ${name} at ${where ?? "an unknown place"}`,
      },
    };
  }
}

function send(outgoing: ServerResponse, answer: FakeResponse, now: Date): void {
  const { text, headers } = written(answer, now);
  outgoing.writeHead(answer.status, headers);
  outgoing.end(text);
}

function sendHalf(outgoing: ServerResponse, answer: FakeResponse, now: Date): void {
  const { text, headers } = written(answer, now);
  if (text === undefined) {
    outgoing.socket?.destroy();
    return;
  }
  const bytes = Buffer.from(text);
  outgoing.writeHead(answer.status, headers);
  outgoing.write(bytes.subarray(0, Math.ceil(bytes.byteLength / 2)), () => outgoing.socket?.destroy());
}

/** A body that is text under a content type other than JSON goes out as it is, every other as JSON. */
function written(
  answer: FakeResponse,
  now: Date,
): { text: string | undefined; headers: Record<string, string> } {
  const headers: Record<string, string> = { date: now.toUTCString() };
  for (const [name, value] of Object.entries(answer.headers ?? {})) headers[name.toLowerCase()] = value;
  if (answer.body === undefined) return { text: undefined, headers };
  const { "content-type": type = "application/json; charset=utf-8" } = headers;
  const text =
    typeof answer.body === "string" && !/json/i.test(type) ? answer.body : JSON.stringify(answer.body);
  return {
    text,
    headers: { ...headers, "content-type": type, "content-length": String(Buffer.byteLength(text)) },
  };
}
