/** Why a request is not let in. */
export interface Refusal {
  readonly status: 403;
  readonly code: "origin_refused" | "host_refused";
  readonly message: string;
}

/** Looks at the headers of a request that came in on `port`; undefined lets it in. */
export type Guard = (headers: Readonly<Record<string, string>>, port: number) => Refusal | undefined;

/**
 * Keeps web pages out. A page that someone has open can send requests to loopback addresses: what it sends across
 * origins carries `Origin`; and what a name that resolves to 127.0.0.1 leads here carries that name as `Host`.
 * @see https://fetch.spec.whatwg.org/#origin-header
 */
export const loopbackOnly: Guard = (headers, port) => {
  if (headers["origin"] !== undefined) {
    return {
      status: 403,
      code: "origin_refused",
      message:
        "The sandbox answers no web page: it refuses every request with an Origin header. " +
        "Send the request from a program or from the command line.",
    };
  }
  const names = ["127.0.0.1", "localhost", "[::1]"];
  const hosts = names.map((name) => `${name}:${port}`);
  // A client leaves out the port of the scheme.
  if (port === 80) hosts.push(...names);
  if (!hosts.includes((headers["host"] ?? "").toLowerCase())) {
    return {
      status: 403,
      code: "host_refused",
      message:
        `The sandbox answers only to a loopback address: it expected the Host header to be one of ${hosts.join(", ")}. ` +
        `Use http://127.0.0.1:${port}.`,
    };
  }
  return undefined;
};
