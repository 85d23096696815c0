import { builtin, foreignKeys } from "../../../providers/index.js";
import type { Declarations } from "../../config/declare.js";
import { type FoundHits, findSecrets, type Match } from "../../leak/find.js";
import { type Hit, recognise } from "../../leak/recognise.js";
import type { Store } from "../../store/store.js";

/** One secret, and its versions that hold what was found in a text. */
export interface Holder {
  readonly secret: Match["secret"];
  /** What such a key is called; of several kinds, the first. */
  readonly title: string;
  /** How many of the keys that were read it holds. */
  readonly keys: number;
  readonly versions: readonly Pick<Match, "versionId" | "standing">[];
  /** Why nothing can be contained here, in words. */
  readonly hindrance?: string;
}

/** What was found in a text. However it is printed, it shows no key. */
export interface FoundValue {
  readonly hits: readonly Hit[];
  readonly holders: readonly Holder[];
  /** Keys that no secret here holds. */
  readonly unmatched: readonly Hit[];
  readonly unread: FoundHits["unread"];
}

const mostVersions = 8;

/**
 * The keys in a text, and the secrets of this account and Region that hold them.
 * @throws KeyturnError `leak_input_too_large`, `store_…`
 */
export async function findValue(
  text: Uint8Array,
  { declarations, store }: { readonly declarations: Declarations; readonly store: Store },
): Promise<FoundValue> {
  const hits = recognise(text, { providers: builtin, foreign: foreignKeys });
  if (hits.length === 0) return { hits, holders: [], unmatched: [], unread: [] };
  const { secrets } = declarations;
  const { matches, unmatched, unread } = await findSecrets(hits, {
    ...{ store, providers: builtin },
    declared: (name) => {
      const declared = Object.hasOwn(secrets, name) ? secrets[name] : undefined;
      const provider = builtin.find(({ id }) => id === declared?.provider);
      if (!declared || !provider) return undefined;
      const fields = Object.fromEntries(
        provider.fields.map((field) => [field, declared.fields?.[field] ?? field]),
      );
      return { provider: provider.id, fields };
    },
  });
  const bySecret = new Map<string, Match[]>();
  for (const match of matches)
    bySecret.set(match.secret.arn, [...(bySecret.get(match.secret.arn) ?? []), match]);
  const holders = [...bySecret.values()].flatMap((all) => {
    const [first] = all;
    if (!first) return [];
    const versions = new Map(all.map(({ versionId, standing }) => [versionId, { versionId, standing }]));
    const hindrance = hindranceOf(first.secret, Object.hasOwn(secrets, first.secret.name));
    return {
      ...{ secret: first.secret, title: first.hit.title },
      keys: new Set(all.map(({ hit }) => hit)).size,
      versions: [...versions.values()].slice(0, mostVersions),
      ...(hindrance !== undefined && { hindrance }),
    };
  });
  return { hits, holders, unmatched, unread };
}

function hindranceOf({ scheduledForDeletion, replicaOf, name }: Match["secret"], isDeclared: boolean) {
  if (scheduledForDeletion)
    return `it is scheduled for deletion, and AWS lets nobody read it: aws secretsmanager restore-secret --secret-id ${name}, then again`;
  if (replicaOf !== undefined) return `it is a replica: run this in ${replicaOf}, which it is a copy of`;
  return isDeclared ? undefined : "it is not declared in this config: name the file that does with --config";
}
