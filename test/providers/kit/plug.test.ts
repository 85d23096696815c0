import { randomBytes } from "node:crypto";
import { inspect } from "node:util";
import { expect, it } from "vitest";
import * as z from "zod/mini";
import type { GeneratingProvider, MintingProvider, Recognition } from "../../../providers/kit/contract.js";
import { defineProvider } from "../../../providers/kit/plug.js";
import { Secret } from "../../../providers/kit/secret.js";

interface Config {
  readonly depth: { readonly size: number };
}
interface Admin {
  readonly key: Secret;
}

const key = { handle: "h", fields: { token: new Secret("t") } };
const definition: MintingProvider<Config, Admin> = {
  contract: 1,
  origin: "minted",
  id: "test/key",
  module: import.meta.url,
  endpoint: "https://example.test",
  config: z.strictObject({ depth: z.strictObject({ size: z.number() }) }),
  admin: z.strictObject({
    key: z.pipe(
      z.string(),
      z.transform((text) => new Secret(text)),
    ),
  }),
  fields: ["token"],
  facts: { settleSeconds: 0, deathSeconds: 0, lifetimeSeconds: 60, bound: "two and lost keys" },
  mint: async (request, call) => ({ ...key, handle: `${request.label}-${call.config.depth.size}` }),
  verify: async (_, call) => (call.admin.key.reveal() === "right" ? "accepted" : "rejected"),
  retire: async () => undefined,
  handleOf: (fields) => Object.keys(fields).join(),
};
const exact = { settleSeconds: 0, deathSeconds: 0 };
const lent = {
  config: { depth: { size: 3 } },
  admin: { key: "right" },
  endpoint: "https://example.test",
  fetch: globalThis.fetch,
  signal: new AbortController().signal,
  timeoutMs: 1000,
  now: () => new Date(0),
};

it("gives the verbs parsed config and credential, and keeps what it declares", async () => {
  const provider = defineProvider(definition);
  const { contract, origin, id, module, endpoint, fields, facts } = definition;
  expect(provider).toMatchObject({ contract, origin, id, module, endpoint, fields, facts });
  const connection = await provider.connect(lent);
  const request = { label: "l", idempotencyKey: "i", nonce: "n", expiresAt: new Date(0) };
  expect((await connection.make(request)).handle).toBe("l-3");
  expect(await connection.verify(key)).toBe("accepted");
  await connection.retire(key);
  expect(provider.handleOf?.(key.fields)).toBe("token");
  expect(connection.find).toBeUndefined();
});

it("has find() where the definition has it", async () => {
  const found = [{ handle: "h", label: "l", createdAt: new Date(0), state: "active" as const }];
  const { handleOf: _, ...listing } = definition;
  const provider = defineProvider({ ...listing, facts: exact, find: async () => found });
  expect(provider.handleOf).toBeUndefined();
  expect(await (await provider.connect(lent)).find?.()).toEqual(found);
});

it("refuses, when loaded, a definition that can neither list nor name its keys", () => {
  const { handleOf: _, ...blind } = definition;
  expect(() => defineProvider(blind)).toThrow(
    /test\/key: a provider without find\(\) must have handleOf\(\)/,
  );
});

it.each([
  ["nothing, without a list", { ...definition, facts: { ...exact, lifetimeSeconds: 60 } }],
  [
    "lost mints without an end of their own",
    { ...definition, facts: { ...exact, bound: "two and lost keys" } },
  ],
  ["lost mints, with a list", { ...definition, find: async () => [] }],
] as const)("refuses, when loaded, a definition that declares %s", (_, wrong) => {
  expect(() => defineProvider(wrong)).toThrow(/test\/key: facts\.bound "two and lost keys"/);
});

const recognition: Recognition = { title: "a key", field: "token", pattern: /k_\w{9}/g, entropyBits: 128 };

it("keeps how keys are told in a text, and refuses, when loaded, what could not tell one", () => {
  expect(defineProvider({ ...definition, recognition }).recognition).toBe(recognition);
  expect(defineProvider(definition).recognition).toBeUndefined();
  const wrong: readonly (readonly [Partial<Recognition>, RegExp])[] = [
    [{ field: "other" }, /field must be one of token/],
    [{ pattern: /k_\w{9}/ }, /pattern must have the flag g and no other/],
    [{ pattern: /k_\w{9}/gy }, /pattern must have the flag g and no other/],
    [{ pattern: /(?:k_\w{9})?/g }, /pattern must not fit an empty text/],
    [{ entropyBits: 0 }, /entropyBits must be a whole number/],
    [{ entropyBits: 127.5 }, /entropyBits must be a whole number/],
  ];
  for (const [part, message] of wrong) {
    expect(() => defineProvider({ ...definition, recognition: { ...recognition, ...part } })).toThrow(
      message,
    );
  }
});

it("names the path of what is wrong and never its value", async () => {
  const provider = defineProvider(definition);
  const planted = randomBytes(12).toString("hex");
  const wrongConfig = provider.connect({ ...lent, config: { depth: { size: planted } } });
  const wrongAdmin = provider.connect({ ...lent, admin: { key: [planted] } });
  for (const [promise, code, path] of [
    [wrongConfig, "config_invalid", "depth.size: "],
    [wrongAdmin, "admin_rejected", "key: "],
    [provider.checkConfig(planted), "config_invalid", "(the whole): "],
  ] as const) {
    const error = await promise.then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({ code, message: expect.stringContaining(path) });
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(planted);
  }
  await provider.checkConfig(lent.config);
});

it("connects a generated key's verbs: it is made without a vendor's word, and registered under its label", async () => {
  const { mint: _, ...shared } = definition;
  const registered: string[] = [];
  const generated: GeneratingProvider<Config, Admin> = {
    ...shared,
    facts: exact,
    origin: "generated",
    generate: async (call) => ({ ...key, handle: `g-${call.config.depth.size}` }),
    register: async ({ handle }, label) => {
      registered.push(`${handle} ${label}`);
      return registered.length === 1 ? "created" : "existed";
    },
    find: async () => [],
    handleOf: () => "h",
    proof: ({ depth }) => (depth.size > 3 ? "used" : "listed"),
  };
  const provider = defineProvider(generated);
  expect(provider.origin).toBe("generated");
  const connection = await provider.connect(lent);
  const request = { label: "l", idempotencyKey: "i", nonce: "n", expiresAt: new Date(0) };
  const made = await connection.make(request);
  expect(made.handle).toBe("g-3");
  expect(registered).toEqual([]);
  expect(await connection.register?.(made, "l")).toBe("created");
  expect(await connection.register?.(made, "l")).toBe("existed");
  expect(registered).toEqual(["g-3 l", "g-3 l"]);
  expect(connection.proof).toBe("listed");
  expect((await provider.connect({ ...lent, config: { depth: { size: 4 } } })).proof).toBe("used");
});

it("has nothing to register for a minted key, and takes a verdict for one on the key itself", async () => {
  const connection = await defineProvider(definition).connect(lent);
  expect(connection.register).toBeUndefined();
  expect(connection.proof).toBe("used");
});
