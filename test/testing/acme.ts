import * as z from "zod/mini";
import type { Call, MintingProvider } from "../../providers/kit/contract.js";
import { vendorFailure } from "../../providers/kit/failure.js";
import { defineProvider } from "../../providers/kit/plug.js";
import { Secret } from "../../providers/kit/secret.js";

const config = z.strictObject({ scopes: z.array(z.string()) });
const admin = z.strictObject({ adminKey: z.string() });

export type AcmeCall = Call<z.output<typeof config>, z.output<typeof admin>>;

const made = z.object({ id: z.string(), secret: z.string(), expires_at: z.string() });
const owner = z.object({ owner: z.string() });
const page = z.object({
  keys: z.array(
    z.object({ id: z.string(), name: z.string(), created_at: z.string(), ended_at: z.nullable(z.string()) }),
  ),
  next: z.nullable(z.string().check(z.regex(/^\/keys\?/))),
});

/** One request; every status is the caller's to judge. Nothing of an error's body gets out of here. */
export async function ask(
  call: AcmeCall,
  request: string,
  init: { key?: string; body?: unknown; headers?: Readonly<Record<string, string>> } = {},
) {
  const [method = "", path = ""] = request.split(" ");
  const response = await call.fetch(call.endpoint + path, {
    method,
    headers: { authorization: `Bearer ${init.key ?? call.admin.adminKey}`, ...init.headers },
    ...(init.body === undefined ? {} : { body: JSON.stringify(init.body) }),
  });
  const text = await response.text();
  const wait = Number(response.headers.get("retry-after") ?? Number.NaN);
  return {
    status: response.status,
    body: response.ok && text !== "" ? z.json().parse(JSON.parse(text)) : undefined,
    failure: () =>
      vendorFailure(
        `Acme's ${method} ${path.replace(/\?.*/, "")}`,
        response.status,
        Number.isNaN(wait) ? {} : { retryAfterSeconds: wait },
      ),
  };
}

/** API keys of Acme, which lists them page by page and takes an idempotency key. */
export const definition: MintingProvider<z.output<typeof config>, z.output<typeof admin>> = {
  contract: 1,
  origin: "minted",
  id: "acme/api-key",
  module: import.meta.url,
  endpoint: "https://api.acme.example",
  config,
  admin,
  fields: ["apiKey"],
  facts: { settleSeconds: 5, deathSeconds: 30 },
  recognition: {
    title: "an API key of Acme",
    field: "apiKey",
    pattern: /\bacme_[0-9a-f]{48}\b/g,
    entropyBits: 192,
  },

  async mint({ label, idempotencyKey, nonce, expiresAt }, call) {
    const body = { name: label, nonce, scopes: call.config.scopes, expires_at: expiresAt.toISOString() };
    const answer = await ask(call, "POST /keys", { body, headers: { "idempotency-key": idempotencyKey } });
    const { data } = made.safeParse(answer.body);
    if (!data) throw answer.failure();
    const fields = { apiKey: new Secret(data.secret) };
    return { handle: data.id, fields, expiresAt: new Date(data.expires_at) };
  },

  async verify({ fields }, call) {
    const answer = await ask(call, "GET /whoami", { key: fields["apiKey"]?.reveal() ?? "" });
    if (answer.status === 401) return "rejected";
    if (answer.status === 403 || owner.safeParse(answer.body).success) return "accepted";
    throw answer.failure();
  },

  async retire({ handle }, call) {
    const answer = await ask(call, `DELETE /keys/${encodeURIComponent(handle)}`);
    if (answer.status !== 204 && answer.status !== 404) throw answer.failure();
  },

  async find(call) {
    const keys: z.output<typeof page>["keys"] = [];
    for (let path: string | null = "/keys?"; path !== null; ) {
      const answer = await ask(call, `GET ${path}`);
      const { data } = page.safeParse(answer.body);
      if (!data) throw answer.failure();
      keys.push(...data.keys);
      path = data.next;
    }
    return keys.map(({ id, name, created_at, ended_at }) => ({
      ...{ handle: id, label: name, createdAt: new Date(created_at) },
      ...(ended_at ? { state: "ended", endedAt: new Date(ended_at) } : { state: "active" }),
    }));
  },
};

export default defineProvider(definition);
