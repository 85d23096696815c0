import type { Key } from "../../providers/kit/contract.js";
import type { Admission } from "../../providers/kit/fake.js";
import type { Connection } from "../../providers/kit/plug.js";
import { type Bench, found, makeKey, newLabel, recordOf, registered, requestFor } from "./bench.js";

/** One verb in one situation, to be tried as often as wanted. */
export interface Act {
  readonly verb: "mint" | "register" | "verify" | "retire" | "find";
  /** Readies one try; undefined where the provider does not get so far undisturbed: other promises tell why. */
  ready(): Promise<Try | undefined>;
}

export interface Try {
  readonly customer: Admission;
  readonly key: Key | undefined;
  run(connection: Connection): Promise<unknown>;
  /** Whether a success is one: at the vendor it is so. Never, where a question cannot be answered without an answer. */
  isTrue(value: unknown): boolean;
}

/** Every verb that asks the vendor something. */
export async function actsOf(bench: Bench): Promise<readonly Act[]> {
  const { origin } = bench.subject.provider;
  const { find } = await bench.connect(bench.admit());
  const making = origin === "minted" ? mint(bench) : register(bench);
  return [
    making,
    verify(bench, "live"),
    verify(bench, "dead"),
    retire(bench),
    ...(find ? [list(bench)] : []),
  ];
}

function mint(bench: Bench): Act {
  return {
    verb: "mint",
    ready: async () => {
      const label = newLabel();
      return {
        // A new customer each time: nobody counts what lost answers leave behind.
        customer: bench.admit(),
        key: undefined,
        run: (connection) => connection.make(requestFor(bench, label)),
        isTrue: (value) => {
          const handle = typeof value === "object" && value && "handle" in value ? value.handle : undefined;
          return typeof handle === "string" && recordOf(bench, handle)?.retired === false;
        },
      };
    },
  };
}

function register(bench: Bench): Act {
  const customer = bench.admit();
  return {
    verb: "register",
    ready: async () => {
      const label = newLabel();
      const key = await (await bench.connect(customer)).make(requestFor(bench, label));
      return {
        ...{ customer, key },
        run: (connection) => registered(connection, key, label),
        isTrue: () => recordOf(bench, key.handle)?.label === label,
      };
    },
  };
}

function verify(bench: Bench, state: "live" | "dead"): Act {
  const customer = bench.admit();
  let key: Key | undefined;
  return {
    verb: "verify",
    ready: async () => {
      key ??= await (state === "live" ? liveKey(bench, customer) : deadKey(bench, customer));
      return key && { customer, key, run: verifying(key), isTrue: () => false };
    },
  };
}

const verifying = (key: Key) => (connection: Connection) => connection.verify(key);

function retire(bench: Bench): Act {
  const customer = bench.admit();
  let key: Key | undefined;
  return {
    verb: "retire",
    ready: async () => {
      if (!key || recordOf(bench, key.handle)?.retired !== false) key = await liveKey(bench, customer);
      if (!key) return undefined;
      const doomed = key;
      return {
        ...{ customer, key },
        run: (connection) => connection.retire(doomed),
        isTrue: () => recordOf(bench, doomed.handle)?.retired !== false,
      };
    },
  };
}

function list(bench: Bench): Act {
  const customer = bench.admit();
  let key: Key | undefined;
  return {
    verb: "find",
    ready: async () => {
      key ??= await liveKey(bench, customer);
      return key && { customer, key: undefined, run: found, isTrue: () => false };
    },
  };
}

async function liveKey(bench: Bench, customer: Admission): Promise<Key | undefined> {
  const key = await makeKey(bench, customer).catch(() => undefined);
  if (key) bench.advance(bench.subject.provider.facts.settleSeconds);
  return key;
}

async function deadKey(bench: Bench, customer: Admission): Promise<Key | undefined> {
  const key = await liveKey(bench, customer);
  if (!key) return undefined;
  const connection = await bench.connect(customer);
  await connection.retire(key).catch(() => undefined);
  bench.advance(bench.subject.provider.facts.deathSeconds);
  return recordOf(bench, key.handle)?.live ? undefined : key;
}
