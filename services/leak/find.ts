import type { Provider } from "../../providers/kit/plug.js";
import type { Secret } from "../../providers/kit/secret.js";
import { each } from "../each.js";
import type { ListedSecret, Store } from "../store/store.js";
import { type DeclaredKind, providerOf } from "./candidates.js";
import { fingerprint, sameFingerprint } from "./fingerprint.js";
import { Reading, type Unread } from "./reading.js";
import type { Hit, RotatedHit } from "./recognise.js";
import { type RingEntry, ringIn, versionsIn } from "./ring.js";

/** What a version is by its labels. `labelled`: it has none of AWS's. `retired`: it has none, and nobody can read it. */
export type Standing = "current" | "previous" | "pending" | "labelled" | "retired";

/** A key that is looked for: by its value, by its fingerprint, or by both. Without a kind, among all kinds. */
export interface Sought extends Partial<Pick<RotatedHit, "kind" | "fingerprint" | "canonical">> {}

/** A version that holds the key, or held it. */
export interface Match<Key extends Sought = RotatedHit> {
  readonly hit: Key;
  readonly secret: Pick<ListedSecret, "arn" | "name" | "scheduledForDeletion" | "replicaOf">;
  readonly versionId: string;
  readonly standing: Standing;
  /** What it rests on: the secret's tags, or its value. */
  readonly by: "tag" | "value";
}

export interface Found<Key extends Sought = RotatedHit> {
  /** By hit; the current version first. */
  readonly matches: readonly Match<Key>[];
  /** Versions that could not be looked into, though nothing tells what they hold: a hit without a match may be theirs. */
  readonly unread: readonly Unread[];
}

export interface Search {
  readonly store: Pick<Store, "list" | "describe" | "read">;
  readonly providers: readonly Provider[];
  /** What is declared for the secret of this name, where that is known. */
  readonly declared?: (secretName: string) => DeclaredKind | undefined;
  /** How many values are read at most; 2000 where it is not said. */
  readonly maxReads?: number;
}

/** AWS takes as many values in one filter. */
const printsAtOnce = 10;
/** For more, it takes fewer calls to list all. */
const printsSought = 50;
const secretsAtOnce = 8;

export interface FoundHits extends Found {
  /** Hits that no secret holds, as far as could be looked. A part, or a longer form, of one that matched is left out. */
  readonly unmatched: readonly Hit[];
}

/** The secrets that hold what was found in a text. @see findKeys */
export async function findSecrets(hits: readonly Hit[], search: Search): Promise<FoundHits> {
  const { matches, unread } = await findKeys(
    hits.filter((hit) => hit.rotated),
    search,
  );
  const matched = new Set<Hit>(matches.map(({ hit }) => hit));
  return { matches, unmatched: unmatchedOf(hits, matched), unread };
}

/**
 * The secrets that hold the keys, or held one of the three before: among all of this account and Region, a hundred a call.
 *
 * First by fingerprint: one ListSecrets for ten keys finds the secrets whose tags have them. Then, for what is left, all secrets
 * are listed; values are read only where a labelled version is not in the tags yet (the secret was rotated a moment ago), and only
 * of secrets with keys of that kind. Lists may be five minutes old: every secret that matched is looked at afresh (DescribeSecret),
 * and for what is left even then, all secrets of that kind are. A kind without fingerprints is found by reading alone. A secret
 * that was made within those five minutes is not found.
 *
 * @throws KeyturnError `store_…` where secrets cannot be listed
 */
export async function findKeys<Key extends Sought>(
  wanted: readonly Key[],
  search: Search,
): Promise<Found<Key>> {
  const { store, providers, declared = () => undefined, maxReads = 2000 } = search;
  const byPrint = new Map(wanted.flatMap((hit) => (hit.fingerprint ? [[hit.fingerprint, hit]] : [])));
  const reading = new Reading(store, declared, maxReads);
  const noted = new Map<string, Noted<Key>>();
  const matched = new Set<Key>();
  const fresh = new Map<string, ListedSecret>();
  const kindOf = (secret: ListedSecret) => providerOf(secret, declared(secret.name), providers)?.id;
  const left = () => wanted.filter((hit) => !matched.has(hit));

  const note = (one: Noted<Key>) => {
    matched.add(one.hit);
    const name = `${wanted.indexOf(one.hit)} ${one.secret.arn} ${one.versionId}`;
    if (!noted.has(name)) noted.set(name, one);
  };
  /** By tags, and by the values of labelled versions of which the tags say nothing. */
  const lookInto = async (secret: ListedSecret, sought: readonly Key[]) => {
    const ring = ringIn(secret.tags);
    for (const entry of ring) {
      const hit = byPrint.get(entry.fingerprint);
      if (hit) for (const versionId of versionsOf(entry, secret)) note({ hit, secret, versionId, by: "tag" });
    }
    const provider = providers.find(({ id }) => id === kindOf(secret));
    const own = sought.filter(({ kind = provider?.id }) => kind === provider?.id);
    if (!provider || own.length === 0) return;
    const told = versionsIn(own.every(({ fingerprint }) => fingerprint !== undefined) ? ring : []);
    for (const versionId of secret.stages.keys()) {
      const key = told.has(versionId) ? undefined : await reading.keyIn(secret, versionId, provider);
      for (const hit of own) {
        if (key && isIt(hit, key, provider.id)) note({ hit, secret, versionId, by: "value" });
      }
    }
  };
  const lookFreshly = async (secret: ListedSecret, sought: readonly Key[]) => {
    const view = await reading.freshly(secret);
    const { stages, tags = secret.tags } = view ?? secret;
    const seen = { ...secret, stages, tags };
    fresh.set(secret.arn, seen);
    await lookInto(seen, sought);
  };

  const prints = byPrint.size <= printsSought ? [...byPrint.keys()] : [];
  for (let from = 0; from < prints.length; from += printsAtOnce) {
    const tagged = await store.list({ tagValues: prints.slice(from, from + printsAtOnce) });
    await each(tagged, secretsAtOnce, (secret) => {
      const sought = ringIn(secret.tags).flatMap(({ fingerprint }) => byPrint.get(fingerprint) ?? []);
      return lookFreshly(secret, sought);
    });
  }
  const sought = left();
  if (sought.length > 0) {
    const listed = await store.list();
    await each(listed, secretsAtOnce, (secret) => lookInto(secret, sought));
    const kinds = new Set(left().flatMap(({ kind = providers.map(({ id }) => id) }) => kind));
    const holders = new Set([...noted.values()].map(({ secret }) => secret.arn));
    const again = listed.filter((secret) => kinds.has(kindOf(secret) ?? "") || holders.has(secret.arn));
    await each(again, secretsAtOnce, (secret) => lookFreshly(secret, sought));
  }
  const matches = [...noted.values()].map((one) => matchOf(one, fresh.get(one.secret.arn) ?? one.secret));
  matches.sort((a, b) => orderOf(a, wanted) - orderOf(b, wanted));
  return { matches, unread: reading.unread };
}

interface Noted<Key extends Sought> extends Pick<Match<Key>, "hit" | "versionId" | "by"> {
  readonly secret: ListedSecret;
}

/** Whether what a version holds is the key that is looked for. In constant time. */
function isIt({ canonical, fingerprint: print }: Sought, key: Secret, providerId: string): boolean {
  if (canonical) return key.equals(canonical);
  return print !== undefined && sameFingerprint(fingerprint(providerId, key.reveal()), print);
}

/** Versions that a ring names for a key: those that still have labels, or else the latest. */
function versionsOf({ versionIds }: RingEntry, { stages }: ListedSecret): readonly string[] {
  const labelled = versionIds.filter((id) => stages.has(id));
  return labelled.length > 0 ? labelled : versionIds.slice(0, 1);
}

function matchOf<Key extends Sought>({ hit, versionId, by }: Noted<Key>, secret: ListedSecret): Match<Key> {
  const { arn, name, scheduledForDeletion, replicaOf, stages } = secret;
  return {
    ...{ hit, versionId, by, standing: standingOf(stages.get(versionId)) },
    secret: { arn, name, scheduledForDeletion, ...(replicaOf ? { replicaOf } : {}) },
  };
}

function standingOf(stages: readonly string[] = []): Standing {
  if (stages.includes("AWSCURRENT")) return "current";
  if (stages.includes("AWSPREVIOUS")) return "previous";
  if (stages.includes("AWSPENDING")) return "pending";
  return stages.length > 0 ? "labelled" : "retired";
}

const standings: readonly Standing[] = ["current", "previous", "pending", "labelled", "retired"];

function orderOf<Key extends Sought>({ hit, standing }: Match<Key>, wanted: readonly Key[]): number {
  return wanted.indexOf(hit) * standings.length + standings.indexOf(standing);
}

/** Of a token with something behind it, which may be a part of it, both forms are hits: one that matched tells that the other is none. */
function unmatchedOf(hits: readonly Hit[], matched: ReadonlySet<Hit>): readonly Hit[] {
  const isFormOf = (a: Hit, b: Hit) => {
    const [one, other] = [a.canonical.reveal(), b.canonical.reveal()];
    return a.kind === b.kind && (one.startsWith(other) || other.startsWith(one));
  };
  return hits.filter((hit) => ![...matched].some((one) => isFormOf(one, hit)));
}
