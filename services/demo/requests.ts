import type { Entry, RequestEntry } from "./ask.js";

/** Whose rotation is told: one secret, at one vendor, and what was so before the entries that are told. */
export interface Subject {
  readonly secret: string;
  readonly service: "github" | "stripe";
  /** The key that AWSCURRENT held, and the one that AWSPREVIOUS held. */
  readonly current?: string | undefined;
  readonly previous?: string | undefined;
  /** Handles of all keys that there were. A key that is not among them is new. */
  readonly known: ReadonlySet<string>;
  /** Handles of the keys that the vendor's record has called retired since: Stripe's requests name none. */
  readonly ended: readonly string[];
}

/** What a request is told with: the whole try it belongs to. */
export interface Scene extends Subject {
  readonly entries: readonly Entry[];
  readonly step: string;
  readonly token: string;
}

export type Tone = "plain" | "good" | "bad" | "wait";

/** Why a step is as it is. It is shown only beside a line that came from an entry. */
export type Why = "two-alive" | "dead-first" | "slow-death" | "stored" | "nothing-to-set" | "compare-and-set";

export interface Meaning {
  readonly words: string;
  readonly tone: Tone;
  readonly why?: Why;
  /** The key it is about, where the request does not say. */
  readonly handle?: string;
}

type Verb = "lists" | "notes" | "ends" | "asks" | "makes";

const verbs: Readonly<Record<string, Verb>> = {
  "POST /app/installations/{id}/access_tokens": "makes",
  "GET /installation/repositories": "asks",
  "DELETE /installation/token": "ends",
  "POST /v2/iam/api_keys": "makes",
  "GET /v2/iam/api_keys": "lists",
  "POST /v2/iam/api_keys/{id}": "notes",
  "POST /v2/iam/api_keys/{id}/expire": "ends",
  "GET /v1/customers": "asks",
};

/** An operation with ids left out. What a fault keeps from the vendor is journalled with the ids in it. */
export function routeOf({ operation }: RequestEntry): string {
  return operation.replaceAll(/\/(?:\d+|mk_\w+|\{\w+\})(?=\/|$)/g, "/{id}");
}

export function verbOf(entry: RequestEntry): Verb | undefined {
  return verbs[routeOf(entry)];
}

/** What an exchange with a vendor means. */
export function meaningAtVendor(entry: RequestEntry, scene: Scene): Meaning {
  const verb = verbOf(entry);
  if (entry.error !== undefined) return { words: entry.status === 0 ? "NO ANSWER" : "FAILS", tone: "bad" };
  if ((entry.live?.length ?? 0) > 2) return { words: "TOO MANY KEYS", tone: "bad" };
  return verb ? meanings[verb](entry, scene) : { words: "asks the vendor", tone: "plain" };
}

const meanings: Readonly<Record<Verb, (entry: RequestEntry, scene: Scene) => Meaning>> = {
  lists: ({ status }) =>
    status === 200 ? { words: "lists the keys", tone: "plain" } : { words: "NO LIST", tone: "bad" },

  notes: ({ status }) =>
    status === 200 ? { words: "disarms it", tone: "plain" } : { words: "ended already", tone: "plain" },

  ends({ status, credential }, { current, previous, ended }) {
    const handle = credential === "app" && ended.length === 1 ? ended[0] : credential;
    if (status >= 300) return { words: "ended already", tone: "plain" };
    if (handle !== undefined && handle === current) return { words: "ENDS THE CURRENT KEY", tone: "bad" };
    const words = handle === previous ? "ends the previous key" : "ends a key";
    return { words, tone: "plain", ...(handle !== undefined && handle !== "app" && { handle }) };
  },

  asks(entry, scene) {
    const handle = entry.credential ?? "";
    // A key that lacks a permission (403) is alive.
    const accepted = entry.status === 200 || entry.status === 403;
    if (!accepted && entry.status !== 401) return { words: "NO VERDICT", tone: "bad" };
    if (!scene.known.has(handle)) {
      if (!accepted) return { words: "NEW KEY REFUSED", tone: "bad" };
      return { words: scene.step === "finishSecret" ? "it still works" : "the new key works", tone: "good" };
    }
    if (handle === scene.current) {
      return accepted
        ? { words: "current key works", tone: "good" }
        : { words: "CURRENT KEY REFUSED", tone: "bad" };
    }
    return accepted ? stillAccepted(entry, handle, scene) : refused(entry, scene);
  },

  makes({ status, live = [] }, { known }) {
    if (status >= 300) return { words: "NO KEY MADE", tone: "bad" };
    const handle = live.findLast((one) => !known.has(one));
    const why: Pick<Meaning, "why"> = live.length === 2 ? { why: "two-alive" } : {};
    return { words: "makes the new key", tone: "plain", ...why, ...(handle !== undefined && { handle }) };
  },
};

/** How the vendor answered about a key, each time it was asked in this try. */
function asked(handle: string, { entries }: Scene): readonly RequestEntry[] {
  return entries.filter((entry): entry is RequestEntry => {
    return entry.kind === "request" && entry.credential === handle && verbOf(entry) === "asks";
  });
}

/** An ended key that works for now is waited for; one that worked to the last is what must never be passed over. */
function stillAccepted({ status }: RequestEntry, handle: string, scene: Scene): Meaning {
  const last = asked(handle, scene).at(-1);
  if (last?.status !== 401) return { words: "STILL ACCEPTED", tone: "bad" };
  const words = status === 403 ? "disarmed, alive: waits" : "still accepted: waits";
  return { words, tone: "wait", why: "slow-death" };
}

function refused(entry: RequestEntry, scene: Scene): Meaning {
  const first = asked(entry.credential ?? "", scene).at(0) ?? entry;
  const seconds = Math.round((Date.parse(entry.at) - Date.parse(first.at)) / 1000);
  return {
    words: seconds > 0 ? `refused after ${seconds} s` : "seen refused",
    tone: "good",
    why: "dead-first",
  };
}

/** What a request to Secrets Manager means; undefined for a read that went as it should. */
export function meaningAtStore(entry: RequestEntry, { token }: Scene): Meaning | undefined {
  const { operation, status, error, versionId } = entry;
  // A version that has no value yet is how a rotation begins.
  if (operation === "GetSecretValue" && error === "ResourceNotFoundException") return undefined;
  if (status !== 200 || error !== undefined) return { words: "AWS FAILS", tone: "bad" };
  if (operation === "PutSecretValue") {
    return versionId === token
      ? { words: "stored as AWSPENDING", tone: "plain", why: "stored" }
      : { words: "stores a copy", tone: "bad" };
  }
  if (operation !== "UpdateSecretVersionStage") return undefined;
  return { words: "moves AWSCURRENT to it", tone: "good", why: "compare-and-set" };
}
