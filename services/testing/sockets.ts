import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { EventEmitter } from "node:events";

/** Sees where this process connects to, by whatever module, as long as it does so in this thread. */
export interface SocketWatch {
  /** `host:port` of connections to anything but the allowed loopback ports. */
  readonly foreign: ReadonlySet<string>;
  close(): void;
}

/** @see https://nodejs.org/docs/latest-v20.x/api/diagnostics_channel.html#built-in-channels */
export function watchSockets(allowed: readonly number[]): SocketWatch {
  const foreign = new Set<string>();
  const isLoopback = (address: string) => ["127.0.0.1", "::1", "localhost"].includes(address);
  const note = (address: string, port: number) => {
    if (!isLoopback(address) || !allowed.includes(port)) foreign.add(`${address}:${port}`);
  };
  const opened = (message: unknown) => {
    if (typeof message !== "object" || message === null || !("socket" in message)) return;
    const { socket } = message;
    if (!(socket instanceof EventEmitter)) return;
    socket.on("lookup", (_error: unknown, _address: unknown, _family: unknown, host: string) => {
      if (!isLoopback(host)) foreign.add(host);
    });
    socket.on("connectionAttempt", note);
    socket.on("connect", () => {
      const address = "remoteAddress" in socket ? String(socket.remoteAddress) : "";
      note(address, "remotePort" in socket ? Number(socket.remotePort) : 0);
    });
  };
  subscribe("net.client.socket", opened);
  return { foreign, close: () => unsubscribe("net.client.socket", opened) };
}
