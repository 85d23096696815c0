import { once } from "node:events";
import { request } from "node:http";

/** A request with exactly these headers, `Host` and `Origin` too, which `fetch` may keep to itself. */
export async function rawRequest(
  url: string,
  options: { method?: string; headers?: Record<string, string>; body?: string } = {},
): Promise<{ status: number; headers: NodeJS.Dict<string | string[]>; body: string }> {
  const outgoing = request(url, {
    method: options.method ?? "GET",
    headers: options.headers ?? {},
    agent: false,
  });
  outgoing.end(options.body);
  const [incoming] = await once(outgoing, "response");
  let body = "";
  for await (const chunk of incoming) body += chunk;
  return { status: incoming.statusCode, headers: incoming.headers, body };
}
