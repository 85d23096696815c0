import type { Declaration, Declarations } from "../../config/declare.js";
import { KeyturnError } from "../../errors.js";
import { secretArn, secretRef } from "../../rotation/event.js";
import type { Store } from "../../store/store.js";
import { findKeys } from "../find.js";
import { type LeakReport, refused } from "./leak-report.js";

/** A declared secret, and which of its versions count as leaked. */
export interface LeakedSecret {
  readonly arn: string;
  readonly name: string;
  readonly declaration: Declaration;
  /** Ids: the current one first. One at least. */
  readonly versions: readonly string[];
}

export interface Lookup {
  readonly store: Pick<Store, "list" | "describe" | "history">;
  readonly declarations: Declarations;
}

/** What a report means: each secret that it is about, or why that one is refused. */
export type Meant = LeakedSecret | KeyturnError;

/** EventBridge tells the time to the second. Milliseconds. */
const second = 1_000;
/** As many as one containment takes. */
const mostVersions = 8;

/**
 * The secrets that a report is about. Reads no value: of a fingerprint, tags tell whose it is. Versions that were made after the report
 * have not leaked by it, so one that comes late, or twice, leaves the replacement alone.
 * @throws KeyturnError `leak_report_refused`, `secret_undeclared`; `store_…` where it is not known what is there
 */
export async function leakedBy({ detail, at }: LeakReport, lookup: Lookup): Promise<readonly Meant[]> {
  if (!("fingerprint" in detail)) {
    const { secret, version } = detail;
    return [await leakedIn(secret, version === undefined ? { madeBy: at } : { named: [version] }, lookup)];
  }
  const { store } = lookup;
  const read = async () => undefined;
  // Without providers no value is asked for.
  const search = { store: { ...store, read }, providers: [] };
  const { matches } = await findKeys([{ fingerprint: detail.fingerprint }], search);
  if (matches.length === 0)
    throw refused(
      "a fingerprint in the tags of a secret (a key of the last rotation comes there when the overlap is over; name its secret)",
      `${detail.fingerprint}, which is in none`,
    );
  const meant: Meant[] = [];
  for (const arn of new Set(matches.map(({ secret }) => secret.arn))) {
    const own = matches.filter(({ secret }) => secret.arn === arn);
    const home = own[0]?.secret.replicaOf;
    const named = own.map(({ versionId }) => versionId).slice(0, mostVersions);
    const found = home ? Promise.reject(replica(home)) : leakedIn(arn, { named }, lookup);
    meant.push(await found.catch(refusal));
  }
  return meant;
}

type Which = { readonly named: readonly string[] } | { readonly madeBy: Date };

async function leakedIn(secret: string, which: Which, lookup: Lookup): Promise<LeakedSecret> {
  const { store, declarations } = lookup;
  const isArn = secretArn.safeParse(secret).success;
  const name = isArn ? secretRef(secret).name : secret;
  const declaration = Object.hasOwn(declarations.secrets, name) ? declarations.secrets[name] : undefined;
  if (!declaration) throw undeclared(isArn ? name : undefined);
  const view = await store.describe(name).catch((error: unknown) => {
    throw isMissing(error) ? refused(`a secret ${name}`, "none in this account and Region") : error;
  });
  if (isArn && view.arn !== secret)
    throw refused(`the ARN of ${name} in this account and Region`, "another one");
  if (view.deletedAt)
    throw refused(`a secret ${name} that can be read`, "one that is scheduled for deletion");
  const history = await store.history(view.arn);
  const madeAt = new Map(history.map(({ versionId, createdAt }) => [versionId, createdAt.getTime()]));
  const found = { arn: view.arn, name, declaration };
  if ("named" in which) {
    const versions = which.named.filter((version) => madeAt.has(version));
    if (versions.length > 0) return { ...found, versions };
    throw refused(`a version of ${name}`, "one that Secrets Manager does not list");
  }
  const end = which.madeBy.getTime() + second;
  const held = (stage: string) => [...view.stages].filter(([, stages]) => stages.includes(stage));
  const versions = [...held("AWSCURRENT"), ...held("AWSPREVIOUS")]
    .map(([version]) => version)
    .filter((version) => (madeAt.get(version) ?? 0) < end);
  if (versions.length > 0) return { ...found, versions };
  throw refused(`a current or previous version of ${name} that is older than the report`, "none");
}

/** What one secret is refused for stops no other; anything else does. */
function refusal(error: unknown): KeyturnError {
  if (error instanceof KeyturnError && isRefusal(error)) return error;
  throw error;
}

/** Whether an error says that a report means nothing here, and would not an hour later. */
export function isRefusal(error: unknown): boolean {
  return (
    error instanceof KeyturnError &&
    (error.code === "leak_report_refused" || error.code === "secret_undeclared")
  );
}

function isMissing(error: unknown): boolean {
  return error instanceof KeyturnError && error.code === "store_missing";
}

function replica(home: string): KeyturnError {
  return refused("a secret that is rotated in this Region", `a replica of one in ${home}`);
}

/** A name that is not declared may be anything, a key's value too: only an ARN's is shown. */
function undeclared(name: string | undefined): KeyturnError {
  return new KeyturnError("secret_undeclared", {
    expected: "a secret that is declared in this environment",
    found: name ?? "another name",
    next: "Nothing was marked. Report it on the bus of its own environment, or end the key at its vendor.",
  });
}
