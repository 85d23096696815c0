import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { FakeRequest, FakeResponse } from "../../providers/kit/fake.js";

export interface SeenRequest {
  readonly method: string;
  /** With its query string, as it came over the wire. */
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: string;
}

/** What an override answers: a response, a cut connection, silence, or `undefined` for the vendor's own answer. */
export type Override = (request: FakeRequest) => FakeResponse | "drop" | "hang" | undefined;

export interface ServedFake {
  /** `http://127.0.0.1:<port>`, without a trailing slash. */
  readonly url: string;
  /** Every request that arrived, in order, overridden ones included. */
  readonly requests: SeenRequest[];
  /** From now on `override` is asked first; `undefined` ends that. */
  answer(override: Override | undefined): void;
  close(): Promise<void>;
}

/**
 * Serves a vendor on a free loopback port. A string body under a content type that is not JSON is sent as it is,
 * so that a proxy's HTML page can be played; every other body is sent as JSON.
 */
export async function serveFake(vendor: {
  handle(request: FakeRequest): FakeResponse | Promise<FakeResponse>;
}): Promise<ServedFake> {
  const requests: SeenRequest[] = [];
  let override: Override | undefined;

  async function respond(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(Buffer.from(chunk));
    const body = Buffer.concat(chunks).toString("utf8");
    const headers: Record<string, string> = {};
    for (const [name, value] of Object.entries(incoming.headers)) headers[name] = String(value);
    const method = incoming.method ?? "";
    const path = incoming.url ?? "/";
    requests.push({ method, path, headers, body });

    const url = new URL(path, "http://fake");
    const request: FakeRequest = { method, path: url.pathname, query: url.searchParams, headers, body };
    const answer = override?.(request) ?? (await vendor.handle(request));
    if (answer === "hang") return;
    if (answer === "drop") {
      incoming.socket.destroy();
      return;
    }
    send(outgoing, answer);
  }

  const server = createServer((incoming, outgoing) => {
    respond(incoming, outgoing).catch(() => incoming.socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));

  return {
    url: `http://127.0.0.1:${portOf(server.address())}`,
    requests,
    answer: (next) => {
      override = next;
    },
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

function send(outgoing: ServerResponse, answer: FakeResponse): void {
  const headers = new Headers(answer.headers);
  let text: string | undefined;
  if (answer.body !== undefined) {
    if (!headers.has("content-type")) headers.set("content-type", "application/json; charset=utf-8");
    const raw = typeof answer.body === "string" && !/json/i.test(headers.get("content-type") ?? "");
    text = raw ? String(answer.body) : JSON.stringify(answer.body);
  }
  outgoing.writeHead(answer.status, Object.fromEntries(headers));
  outgoing.end(text);
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === "string") throw new TypeError("the server has no port");
  return address.port;
}
