import { ProviderError } from "./failure.js";

export interface Bounds {
  /** Requests to any other origin are refused before they leave. */
  readonly endpoint: string;
  readonly signal: AbortSignal;
  /** How long one request may take, answer's body included. Milliseconds. */
  readonly timeoutMs: number;
}

const maxBodyBytes = 4 * 1024 * 1024;

/**
 * A `fetch` that cannot leave its vendor: one origin, no redirects, a time limit, JSON or empty answers only,
 * bodies of 4 MB at most. The whole body is read before it resolves, so a connection that breaks off in the
 * middle is a fault and not half an answer. Throws ProviderError `unavailable` (network, time) or `unexpected`.
 */
export function boundFetch(bounds: Bounds): typeof globalThis.fetch {
  const { origin } = new URL(bounds.endpoint);
  return async (input, init) => {
    const request = requestOf(input, init);
    const { method } = request;
    const what = `${method} ${new URL(request.url).pathname}`;
    if (new URL(request.url).origin !== origin) {
      throw unexpected(what, `a request to another host than the declared ${origin}`);
    }
    const timeout = AbortSignal.timeout(bounds.timeoutMs);
    const signal = AbortSignal.any([bounds.signal, timeout, request.signal]);
    let response: Response;
    let body: Uint8Array | "too long";
    try {
      response = await fetch(request, { redirect: "manual", signal });
      body = await bodyOf(response);
    } catch {
      throw new ProviderError("unavailable", {
        expected: `an answer to ${what} from ${origin} within ${bounds.timeoutMs / 1000} s`,
        found: timeout.aborted || bounds.signal.aborted ? "none in time" : "a broken or refused connection",
        next: "Nothing to do if it passes: the rotation is tried again. Else check the function's route to the vendor.",
      });
    }
    const type = response.headers.get("content-type") ?? "";
    if (response.status >= 300 && response.status < 400)
      throw unexpected(what, `a redirect (HTTP ${response.status})`);
    if (response.status > 599) throw unexpected(what, `HTTP status ${response.status}, which does not exist`);
    if (body === "too long") throw unexpected(what, "an answer of more than 4 MB");
    if (response.ok && body.byteLength > 0 && !/[/+]json\b/i.test(type)) {
      throw unexpected(what, "a success whose body is not JSON, as a proxy or captive portal would send");
    }
    return new Response(body.byteLength > 0 ? body : null, {
      status: response.status,
      statusText: response.statusText,
      headers: response.headers,
    });
  };
}

/** What is wrong with a URL, method or header is said by quoting it, and that may be a key. */
function requestOf(...given: Parameters<typeof globalThis.fetch>): Request {
  try {
    return new Request(...given);
  } catch {
    throw unexpected("a request", "one that cannot be sent: its URL, method, header or body is not valid");
  }
}

/** Stops reading, and ends the connection, as soon as it is too long. */
async function bodyOf(response: Response): Promise<Uint8Array | "too long"> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.byteLength;
    if (length > maxBodyBytes) return "too long";
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function unexpected(what: string, found: string): ProviderError {
  return new ProviderError("unexpected", {
    expected: `${what} to be answered by the vendor itself`,
    found,
    next: "Check the endpoint declared for this secret and what stands between the function and the vendor.",
  });
}
