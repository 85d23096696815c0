import { claimsIn } from "../rotation/claims.js";
import { holder, markedVersions, openRotation } from "../rotation/labels.js";
import type { Facts, Held, Seen } from "./facts.js";
import type { SecretStatus, Trouble, TroubleCode, VersionStatus } from "./status.js";
import { troubleLevels } from "./status.js";
import { troublesOf } from "./troubles.js";

/** How a secret stands, from what was read. Asks nobody, whatever the vendor may have done meanwhile. */
export function judge(facts: Facts): SecretStatus {
  const { declared, starts, view } = facts;
  const seen = "code" in view ? undefined : { ...facts, view };
  const versions = seen ? versionsOf(seen) : [];
  const troubles = sorted(troublesOf(facts, versions));
  const worst = troubles.find(({ code }) => !limits.includes(code));
  const next = starts.by === "schedule" ? starts.next : seen?.view.nextRotationAt;
  const native = starts.by === "none" && seen?.view.nextRotationAt ? "native rule" : starts.by;
  return {
    ...{ secret: declared.name, provider: declared.provider },
    ...(seen ? { arn: seen.view.arn } : {}),
    ...{ state: worst?.code ?? "ok", level: troubles[0]?.level ?? "ok" },
    rotation: {
      declared: declared.timing.told,
      ...(seen ? { enabled: seen.view.rotationEnabled } : {}),
      ...(seen?.view.lastRotatedAt ? { last: seen.view.lastRotatedAt } : {}),
      ...(next ? { next } : {}),
      ...(starts.by === "schedule" ? { jitterMinutes: starts.jitterMinutes } : {}),
      startedBy: native,
    },
    ...{ versions, troubles },
  };
}

/** What could not be seen says nothing of how the secret stands. */
const limits: readonly TroubleCode[] = ["schedule_unknown", "values_withheld"];
const ranks: readonly string[] = Object.keys(troubleLevels);
const rank = (code: TroubleCode) => ranks.indexOf(code);
const sorted = (troubles: readonly Trouble[]) => [...troubles].sort((a, b) => rank(a.code) - rank(b.code));

/** Worst first, then by name. */
export function byUrgency(a: SecretStatus, b: SecretStatus): number {
  const of = ({ state }: SecretStatus) => (state === "ok" ? ranks.length : rank(state));
  return of(a) - of(b) || (a.secret < b.secret ? -1 : 1);
}

/** Whether somebody has to do something. */
export const isTroubled = ({ level }: SecretStatus) => level === "alarm" || level === "warning";

const roles = [
  ["AWSCURRENT", "current"],
  ["AWSPENDING", "pending"],
  ["AWSPREVIOUS", "previous"],
] as const;

function versionsOf(facts: Seen): readonly VersionStatus[] {
  const { view, held, now, versions } = facts;
  const heldBy = (versionId: string): Held => held.get(versionId) ?? { holds: "nothing" };
  const leaked = new Set(markedVersions(view));
  const leakedHandles = new Set([...leaked].flatMap((id) => handleOf(heldBy(id)) ?? []));
  const claims = claimsIn(view).filter(({ expiresAt }) => expiresAt > now);
  const told = [...view.stages].map(([version, labels]): VersionStatus => {
    const key = heldBy(version);
    const handle = handleOf(key);
    const role = roles.find(([label]) => labels.includes(label))?.[1] ?? "other";
    const since = versions.find(({ versionId }) => versionId === version)?.createdAt;
    const overlapUntil = role === "previous" ? overlapEnd(facts) : undefined;
    return {
      ...{ role, version, holds: key.holds },
      ...(handle !== undefined ? { handle } : {}),
      ...(key.holds === "key" ? { madeAt: key.createdAt } : {}),
      ...(key.holds === "key" && key.expiresAt ? { expiresAt: key.expiresAt } : {}),
      ...(overlapUntil ? { overlapUntil } : {}),
      ...(role === "pending" && since ? { since } : {}),
      leaked: leaked.has(version) || (handle !== undefined && leakedHandles.has(handle)),
      claims: claims
        .filter(({ versionId }) => versionId === version)
        .map(({ kind, expiresAt }) => ({ kind, until: expiresAt })),
    };
  });
  const order = ["current", "pending", "previous", "other"];
  return told.sort((a, b) => order.indexOf(a.role) - order.indexOf(b.role));
}

const handleOf = (held: Held) => (held.holds === "key" ? held.handle : undefined);

/**
 * When the previous key's overlap is over, as recovery reckons it: a current key that was not made to replace this version took its place
 * by a rollback or a plain write, no later than the secret's last change. Undefined where there is no such key, or a rotation is open.
 */
function overlapEnd({ view, held, declared }: Seen): Date | undefined {
  const previousId = holder(view, "AWSPREVIOUS") ?? "";
  const current = held.get(holder(view, "AWSCURRENT") ?? "");
  const previous = held.get(previousId);
  if (previous?.holds !== "key" || openRotation(view)) return undefined;
  if (current && handleOf(current) !== undefined && handleOf(current) === previous.handle) return undefined;
  const [made, replaces] = current?.holds === "key" ? [current.createdAt.getTime(), current.replaces] : [0];
  const changed = replaces === previousId ? 0 : (view.lastChangedAt?.getTime() ?? 0);
  const began = Math.max(made, changed, view.lastRotatedAt?.getTime() ?? 0);
  return began > 0 ? new Date(began + declared.overlapSeconds * 1000) : undefined;
}
