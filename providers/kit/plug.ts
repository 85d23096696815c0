import type { StandardSchemaV1 } from "@standard-schema/spec";
import type {
  Call,
  FoundKey,
  Key,
  MintedKey,
  MintRequest,
  Proof,
  ProviderDefinition,
  Recognition,
  Registration,
  Verdict,
} from "./contract.js";
import { ProviderError } from "./failure.js";

/** What the core lends a provider, config and admin credential not yet parsed. */
export interface Lent {
  readonly config: unknown;
  readonly admin: unknown;
  readonly endpoint: string;
  readonly fetch: typeof globalThis.fetch;
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
  readonly now: () => Date;
}

/** A provider's verbs with config, credential and network already in place. */
export interface Connection {
  /** Makes a key: at the vendor, or here, for `register` to make the vendor know it. */
  make(request: MintRequest): Promise<MintedKey>;
  /** Absent where `make` has done it. */
  readonly register: ((key: Key, label: string) => Promise<Registration>) | undefined;
  verify(key: Key): Promise<Verdict>;
  /** What `verify` rests on. */
  readonly proof: Proof;
  retire(key: Key): Promise<void>;
  readonly find: (() => Promise<readonly FoundKey[]>) | undefined;
}

/** A provider whose own types are closed over, so that different ones stand in one list without a cast. */
export interface Provider
  extends Pick<
    ProviderDefinition<never, never>,
    "contract" | "origin" | "id" | "module" | "endpoint" | "fields" | "facts"
  > {
  readonly handleOf: ((fields: Key["fields"]) => string) | undefined;
  readonly recognition?: Recognition | undefined;
  /** @throws ProviderError `config_invalid`, naming the offending path and never its value. */
  checkConfig(config: unknown): Promise<void>;
  /** @throws ProviderError `config_invalid` or `admin_rejected`, as `checkConfig`. */
  connect(lent: Lent): Promise<Connection>;
}

/** Makes a Provider of a definition. Throws a TypeError at load time for one that cannot keep the bound it declares. */
export function defineProvider<Config, Admin>(definition: ProviderDefinition<Config, Admin>): Provider {
  if (!definition.find && !definition.handleOf) {
    throw new TypeError(`${definition.id}: a provider without find() must have handleOf()`);
  }
  const { contract, origin, id, module, endpoint, fields, facts } = definition;
  const losesMints = origin === "minted" && !definition.find;
  if (losesMints !== (facts.bound !== undefined) || (losesMints && facts.lifetimeSeconds === undefined)) {
    throw new TypeError(
      `${id}: facts.bound "two and lost keys", with lifetimeSeconds, is for minted keys without find(), and for no other`,
    );
  }
  mustRecognise(id, fields, definition.recognition);
  const configOf = (config: unknown) =>
    parse(definition.config, config, `the config of ${id}`, "config_invalid");
  return {
    ...{ contract, origin, id, module, endpoint, fields, facts },
    handleOf: definition.handleOf?.bind(definition),
    recognition: definition.recognition,
    checkConfig: async (config) => {
      await configOf(config);
    },
    connect: async (lent) => {
      const config = await configOf(lent.config);
      const admin = await parse(definition.admin, lent.admin, `the admin secret of ${id}`, "admin_rejected");
      const call: Call<Config, Admin> = { ...lent, config, admin };
      return {
        ...making(definition, call),
        verify: (key) => definition.verify(key, call),
        proof: definition.proof?.(config) ?? "used",
        retire: (key) => definition.retire(key, call),
        find: definition.find && (async () => (await definition.find?.(call)) ?? []),
      };
    },
  };
}

/** A pattern without `g` would be asked for ever, and one that fits nothing at all would be found everywhere. */
function mustRecognise(id: string, fields: readonly string[], recognition: Recognition | undefined): void {
  if (!recognition) return;
  const { field, pattern, entropyBits } = recognition;
  const wrong = [
    ...(fields.includes(field) ? [] : [`field must be one of ${fields.join(", ")}`]),
    ...(pattern.flags === "g" ? [] : ["pattern must have the flag g and no other"]),
    ...(new RegExp(pattern.source).test("") ? ["pattern must not fit an empty text"] : []),
    ...(Number.isInteger(entropyBits) && entropyBits > 0
      ? []
      : ["entropyBits must be a whole number above 0"]),
  ];
  if (wrong.length > 0) throw new TypeError(`${id}: recognition: ${wrong.join("; ")}`);
}

/** Where keys come from is the one thing in which definitions differ. */
function making<Config, Admin>(
  definition: ProviderDefinition<Config, Admin>,
  call: Call<Config, Admin>,
): Pick<Connection, "make" | "register"> {
  if (definition.origin === "minted") {
    return { make: (request) => definition.mint(request, call), register: undefined };
  }
  return {
    make: () => definition.generate(call),
    register: (key, label) => definition.register(key, label, call),
  };
}

async function parse<Output>(
  schema: StandardSchemaV1<unknown, Output>,
  value: unknown,
  what: string,
  code: "config_invalid" | "admin_rejected",
): Promise<Output> {
  const result = await schema["~standard"].validate(value);
  if (!result.issues) return result.value;
  const problems = result.issues.map((issue) => {
    const path = (issue.path ?? [])
      .map((part) => String(typeof part === "object" ? part.key : part))
      .join(".");
    return `${path || "(the whole)"}: ${issue.message}`;
  });
  throw new ProviderError(code, {
    expected: `${what} to match its schema`,
    found: problems.join("; "),
    next: `Correct ${what}; nothing was changed.`,
  });
}
