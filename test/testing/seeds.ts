import { get } from "node:http";
import type { MintingProvider } from "../../providers/kit/contract.js";
import { ProviderError, vendorFailure } from "../../providers/kit/failure.js";
import { parseLabel } from "../../providers/kit/label.js";
import { defineProvider, type Provider } from "../../providers/kit/plug.js";
import { ask, definition } from "./acme.js";

type Definition = typeof definition;
type Verbs = Pick<Definition, "mint" | "verify" | "retire"> & { find: NonNullable<Definition["find"]> };

/** One bug of a provider, and the promises that it breaks. */
export interface Seed {
  readonly bug: string;
  readonly breaks: readonly string[];
  readonly provider: Provider;
}

const right: Verbs = { ...definition, find: definition.find ?? (async () => []) };

const recognition = {
  ...{ title: "an API key of Acme", field: "apiKey", entropyBits: 192 },
  pattern: /\bacme_[0-9a-f]{48}\b/g,
};

function seed(bug: string, breaks: string | readonly string[], wrong: Partial<Definition>): Seed {
  const provider = defineProvider<Config, Admin>({ ...definition, ...wrong });
  return { bug, breaks: typeof breaks === "string" ? [breaks] : breaks, provider };
}
type Config = Definition extends MintingProvider<infer Parsed, infer _> ? Parsed : never;
type Admin = Definition extends MintingProvider<infer _, infer Parsed> ? Parsed : never;

/** Tries `verb` again for as long as `again` says so of what it threw. */
async function retrying<Result>(verb: () => Promise<Result>, again: (thrown: unknown) => boolean) {
  for (;;) {
    try {
      return await verb();
    } catch (thrown) {
      if (!again(thrown)) throw thrown;
    }
  }
}

const isUnavailable = (thrown: unknown) => thrown instanceof ProviderError && thrown.code === "unavailable";
const isBrokenOff = (thrown: unknown) => isUnavailable(thrown) && /a broken or/.test(String(thrown));
const waiting = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms).unref());

export const seeds: readonly Seed[] = [
  seed("another run's key is replayed, because no nonce is sent", "make.one", {
    mint: (request, call) => right.mint({ ...request, nonce: "" }, call),
  }),
  seed("the vendor's idempotency key is another one for each run", ["make.lost", "make.one"], {
    mint: (request, call) =>
      right.mint({ ...request, idempotencyKey: request.idempotencyKey + request.nonce }, call),
  }),
  seed("a mint whose answer was lost is sent once more, under another idempotency key", "make.lost", {
    mint: (request, call) =>
      right.mint(request, call).catch((thrown: unknown) => {
        if (!isBrokenOff(thrown)) throw thrown;
        return right.mint({ ...request, idempotencyKey: `${request.idempotencyKey}-again` }, call);
      }),
  }),
  seed("a key's field has another name than declared", ["key.recognised", "key.shape"], {
    fields: ["key"],
    recognition: { ...recognition, field: "key" },
  }),
  seed("a handle of which handleOf knows nothing", "key.handle", {
    handleOf: () => "key_0",
  }),
  seed("keys are told by how older ones looked", "key.recognised", {
    recognition: { ...recognition, pattern: /\bacme_[0-9a-f]{40}/g },
  }),
  seed("all keys are told as one", "key.recognised", {
    recognition: { ...recognition, canonical: (text) => text.slice(0, 5) },
  }),
  seed("every key is accepted that is listed, alive or not", "verify.life", {
    verify: async ({ handle }, call) => {
      const listed = await right.find(call);
      return listed.some((key) => key.handle === handle) ? "accepted" : "rejected";
    },
  }),
  seed("the record is asked for, and `used` is claimed", "verify.proof", {
    verify: async ({ handle }, call) => {
      const listed = await right.find(call);
      return listed.some((key) => key.handle === handle && key.state === "active") ? "accepted" : "rejected";
    },
  }),
  seed("a key that lacks a permission is rejected", ["status", "verify.narrow"], {
    verify: async (key, call) => {
      const answer = await ask(call, "GET /whoami", { key: key.fields["apiKey"]?.reveal() ?? "" });
      if (answer.status === 401 || answer.status === 403) return "rejected";
      if (answer.status !== 200) throw answer.failure();
      return right.verify(key, call);
    },
  }),
  seed("a key that cannot be reached is rejected", "network", {
    verify: (key, call) =>
      right.verify(key, call).catch((thrown: unknown) => {
        if (isBrokenOff(thrown)) return "rejected";
        throw thrown;
      }),
  }),
  seed("the admin credential's 401 counts as an end", "status", {
    retire: async ({ handle }, call) => {
      const answer = await ask(call, `DELETE /keys/${handle}`);
      if (![204, 401, 404].includes(answer.status)) throw answer.failure();
    },
  }),
  seed("a fault of the vendor's own is final", "status", {
    find: (call) =>
      right.find(call).catch((thrown: unknown) => {
        if (!(thrown instanceof ProviderError) || !thrown.message.includes("500")) throw thrown;
        throw vendorFailure("Acme's GET /keys", 500, { code: "unexpected" });
      }),
  }),
  seed("any 200 is an accepted key", "shape", {
    verify: async (key, call) => {
      const answer = await ask(call, "GET /whoami", { key: key.fields["apiKey"]?.reveal() ?? "" });
      return answer.status === 200 ? "accepted" : right.verify(key, call);
    },
  }),
  seed("a limit's wait is dropped", "limits", {
    find: (call) =>
      right.find(call).catch((thrown: unknown) => {
        if (!(thrown instanceof ProviderError) || thrown.code !== "rate_limited") throw thrown;
        throw new ProviderError("rate_limited", thrown.explanation);
      }),
  }),
  seed("a key that is gone already is an error", "retire.twice", {
    retire: async ({ handle }, call) => {
      const answer = await ask(call, `DELETE /keys/${handle}`);
      if (answer.status !== 204) throw answer.failure();
    },
  }),
  seed("a key is ended by its value, which an orphan's finder has not", "retire.handle", {
    retire: async (key, call) => {
      if (key.fields["apiKey"]) return right.retire(key, call);
      throw new ProviderError("config_invalid", { expected: "a value", found: "none", next: "None." });
    },
  }),
  seed("all keys of the same secret are ended with one", "others", {
    retire: async (key, call) => {
      const listed = await right.find(call);
      const secretOf = (label: string) => parseLabel(label)?.secret;
      const own = listed.find(({ handle }) => handle === key.handle);
      for (const one of listed) {
        if (own && one.state === "active" && secretOf(one.label) === secretOf(own.label))
          await right.retire({ ...one, fields: {} }, call);
      }
    },
  }),
  seed("only keys of one installation are listed", "find.labels", {
    find: async (call) => {
      const listed = await right.find(call);
      return listed.filter(({ label }) => parseLabel(label)?.installation === "abcdefghabcdefgh");
    },
  }),
  seed("an ended key is listed as active", "find.labels", {
    find: async (call) => (await right.find(call)).map((key) => ({ ...key, state: "active" })),
  }),
  seed("only the first page is read", "find.pages", {
    find: async (call) => {
      let pages = 0;
      const first: typeof call = {
        ...call,
        fetch: async (...given) => {
          pages += 1;
          return pages > 1 ? Response.json({ keys: [], next: null }) : call.fetch(...given);
        },
      };
      return right.find(first);
    },
  }),
  seed("an error quotes the vendor's", "secrets", {
    mint: async (request, call) => {
      let said = "";
      const heard: typeof call = {
        ...call,
        fetch: async (...given) => {
          const answer = await call.fetch(...given);
          if (!answer.ok) said = await answer.clone().text();
          return answer;
        },
      };
      return right.mint(request, heard).catch((thrown: unknown) => {
        if (thrown instanceof ProviderError)
          Object.assign(thrown, { hint: Buffer.from(said).toString("base64") });
        throw thrown;
      });
    },
  }),
  seed("the key is in a URL", "secrets", {
    verify: async (key, call) => {
      await ask(call, `GET /whoami?key=${key.fields["apiKey"]?.reveal()}`, {
        key: key.fields["apiKey"]?.reveal() ?? "",
      });
      return right.verify(key, call);
    },
  }),
  seed("an error of the platform gets out", "errors", {
    verify: (key, call) =>
      right.verify(key, call).catch((thrown: unknown) => {
        throw thrown instanceof ProviderError && thrown.message.includes("500")
          ? new TypeError("500")
          : thrown;
      }),
  }),
  seed("links are followed wherever they lead, by a fetch of one's own", "hosts", {
    find: async (call) => {
      const signal = AbortSignal.any([call.signal, AbortSignal.timeout(call.timeoutMs)]);
      const first = await globalThis
        .fetch(`${call.endpoint}/keys?`, {
          signal,
          headers: { authorization: `Bearer ${call.admin.adminKey}` },
        })
        .catch(() => undefined);
      const link = first?.headers.get("link")?.match(/<(.*?)>/)?.[1];
      if (link) await globalThis.fetch(link, { signal }).catch(() => undefined);
      return right.find(call);
    },
  }),
  seed("another host is told of every question", "hosts", {
    verify: async (key, call) => {
      await new Promise((resolve) => get("http://127.0.0.1:9/").on("error", resolve));
      return right.verify(key, call);
    },
  }),
  seed("when all is over it still takes its time", "abort", {
    retire: (key, call) =>
      right.retire(key, call).catch(async (thrown: unknown) => {
        if (call.signal.aborted) await waiting(3000);
        throw thrown;
      }),
  }),
  seed("a silent vendor is asked again, until the step is over", "time", {
    find: async (call) => {
      let began = performance.now();
      return retrying(
        () => {
          began = performance.now();
          return right.find(call);
        },
        (thrown) =>
          isUnavailable(thrown) && performance.now() - began > call.timeoutMs && !call.signal.aborted,
      );
    },
  }),
  seed("a new key is declared to work at once", ["facts.settle"], {
    facts: { settleSeconds: 0, deathSeconds: 30 },
  }),
  seed("an ended key is declared to be dead at once", "facts.death", {
    facts: { settleSeconds: 5, deathSeconds: 0 },
  }),
  seed("keys are made without an end", "facts.end", {
    mint: async (request, call) => {
      const { handle, fields } = await right.mint(request, call);
      return { handle, fields };
    },
  }),
  seed("what a declaration misspells is dropped", "config", {
    config: {
      "~standard": { version: 1, vendor: "test", validate: () => ({ value: { scopes: ["read"] } }) },
    },
  }),
];
