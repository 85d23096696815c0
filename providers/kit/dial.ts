import { connect, type Socket } from "node:net";
import { ProviderError } from "./failure.js";

export interface DialBounds {
  /** `host:port`, as declared. */
  readonly address: string;
  readonly signal: AbortSignal;
  /** How long the connection may live, from the first packet on. Milliseconds. */
  readonly timeoutMs: number;
}

export interface Dialled {
  readonly socket: Socket;
  /** Aborts when the connection's time is over; the socket is destroyed then. */
  readonly over: AbortSignal;
}

/**
 * A TCP connection for a vendor that speaks something else than HTTP: to one declared address, and gone when `signal`
 * aborts or its time is over, whoever forgets to end it. An error of the socket is never thrown at the process.
 * Throws ProviderError `unavailable` when there is no connection.
 * @see https://nodejs.org/docs/latest-v20.x/api/net.html
 */
export async function dial({ address, signal, timeoutMs }: DialBounds): Promise<Dialled> {
  const over = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  const at = address.lastIndexOf(":");
  const socket = connect({
    host: address.slice(0, at),
    port: Number(address.slice(at + 1)),
    noDelay: true,
  });
  socket.on("error", () => undefined);
  const end = () => socket.destroy();
  over.addEventListener("abort", end);
  socket.once("close", () => over.removeEventListener("abort", end));
  if (over.aborted) end();
  await new Promise((resolve) => socket.once("connect", resolve).once("close", resolve));
  if (!socket.destroyed) return { socket, over };
  throw new ProviderError("unavailable", {
    expected: `a connection to ${address} within ${timeoutMs / 1000} s`,
    found: over.aborted ? "none in time" : "no such host, or a refused connection",
    next: "Nothing to do if it passes: the rotation is tried again. Else check the function's route to the vendor.",
  });
}
