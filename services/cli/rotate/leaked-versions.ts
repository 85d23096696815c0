import { KeyturnError } from "../../errors.js";
import { holder, markedVersions } from "../../rotation/labels.js";
import { nothingOfOurs } from "../../store/value.js";
import { type Here, type Place, rotationAt } from "./place.js";

/** Versions that count as leaked, fixed at this moment. */
export interface LeakedVersions {
  /** Eight at most, each once. Empty where `madeBefore` leaves none. */
  readonly versions: readonly string[];
  /** `named`: by whoever reported. `held`: current and previous. `marked`: an earlier report that is not closed goes on. */
  readonly because: "named" | "held" | "marked";
}

export interface Leaked {
  /** `current`, `previous`, `pending`, or ids of versions. None: what the secret holds, or what is marked already. */
  readonly only: readonly string[];
  /** Keys that were made since have not leaked. */
  readonly madeBefore?: Date | undefined;
}

const stages: Readonly<Record<string, string>> = {
  ...{ current: "AWSCURRENT", previous: "AWSPREVIOUS", pending: "AWSPENDING" },
};
const mostVersions = 8;
const checkSeconds = 60;

/** Whether a text says which version has leaked: a stage, or what can be a version's id. */
export const isWhich = (text: string) => Object.hasOwn(stages, text) || /^[!-~]{32,64}$/.test(text);

/**
 * Marks that stand are the report of somebody whose command ended before its leak was contained; what has become current since then has
 * not leaked.
 * @throws KeyturnError `version_missing`, `store_…`
 */
export async function leakedVersions(
  here: Here,
  place: Place,
  { only, madeBefore }: Leaked,
): Promise<LeakedVersions> {
  const { view, ref } = place;
  if (only.length > 0) {
    const versions = only.map((which) => {
      const stage = Object.hasOwn(stages, which) ? stages[which] : undefined;
      const version = stage === undefined ? which : holder(view, stage);
      if (version === undefined) throw missing(ref.name, which);
      return version;
    });
    return { versions: [...new Set(versions)].slice(0, mostVersions), because: "named" };
  }
  const marked = [...new Set(markedVersions(view))];
  if (marked.length > 0) return { versions: marked.slice(0, mostVersions), because: "marked" };
  const current = holder(view, "AWSCURRENT");
  const previous = holder(view, "AWSPREVIOUS");
  if (current === undefined) throw missing(ref.name, "current");
  const held = [current, ...(previous === undefined ? [] : [previous])];
  const versions = madeBefore ? await olderThan(here, place, held, madeBefore) : held;
  return { versions, because: "held" };
}

/** By what each value says of its key: an abort or a plain write gives an old key a new version. */
async function olderThan(here: Here, place: Place, versions: readonly string[], since: Date) {
  const older: string[] = [];
  for (const version of versions) {
    const rotation = await rotationAt(place, here, version, checkSeconds);
    const stored = await rotation.value(version).catch(nothingOfOurs);
    const madeAt = stored?.kind === "key" ? Date.parse(stored.record.createdAt) : Number.NaN;
    // What tells nothing counts as old.
    if (!(madeAt >= since.getTime())) older.push(version);
  }
  return older;
}

function missing(secret: string, which: string): KeyturnError {
  return new KeyturnError("version_missing", {
    expected: `a ${which} version of ${secret}`,
    found: "none",
    next: `Nothing was marked. See what there is: keyturn status ${secret}`,
  });
}
