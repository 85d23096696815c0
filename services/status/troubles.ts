import { formatDuration } from "../duration.js";
import { hasLabel, holder, killMark, openRotation } from "../rotation/labels.js";
import { judgeStuck } from "../rotation/stuck.js";
import type { Facts, Seen } from "./facts.js";
import { type Trouble, type TroubleCode, troubleLevels, type VersionStatus } from "./status.js";

/** A previous key so long past its overlap has been forgotten: recovery looks every five minutes. Milliseconds. */
const overdueMs = 15 * 60_000;
/** A rotation may come so much after its time: its own tries, and AWS's. Milliseconds. */
const lateMs = 15 * 60_000;

type Rule = (facts: Seen, versions: readonly VersionStatus[]) => Trouble | undefined;

/** Everything that is not as it should be. */
export function troublesOf(facts: Facts, versions: readonly VersionStatus[]): readonly Trouble[] {
  const { view } = facts;
  if ("code" in view) return [unseen(facts, view.code)];
  const seen = { ...facts, view };
  if (view.deletedAt) return [deleted(seen, view.deletedAt)];
  return rules.flatMap((rule) => rule(seen, versions) ?? []);
}

function trouble(code: TroubleCode, words: string, next: string): Trouble {
  return { code, level: troubleLevels[code], words, next };
}

const rotateNow = ({ declared }: Facts) => `aws secretsmanager rotate-secret --secret-id ${declared.name}`;
const at = (time: Date) => time.toISOString().replace(/:\d\d\.\d+Z$/, "Z");
const since = (time: Date, now: Date) => formatDuration(wholeMinutes(now.getTime() - time.getTime()));
const wholeMinutes = (ms: number) => Math.max(60, Math.floor(ms / 60_000) * 60);
const inRole = (versions: readonly VersionStatus[], role: VersionStatus["role"]) =>
  versions.find((version) => version.role === role);

function unseen({ declared: { name } }: Facts, code: string): Trouble {
  if (code === "store_missing")
    return trouble(
      "missing",
      "AWS knows no such secret in this account and Region.",
      "Deploy it, or name the right account and Region: AWS_PROFILE, AWS_REGION.",
    );
  if (code === "store_denied")
    return trouble(
      "no_access",
      "You may not look at it.",
      `Have secretsmanager:DescribeSecret granted on ${name}.`,
    );
  return trouble(
    "unreachable",
    `Secrets Manager gave no answer (${code}).`,
    `Try again: keyturn status ${name}`,
  );
}

const deleted = ({ declared }: Seen, deletedAt: Date) =>
  trouble(
    "deleted",
    `It is marked for deletion since ${at(deletedAt)}: nobody can read it, and its keys live on at their vendor.`,
    `aws secretsmanager restore-secret --secret-id ${declared.name}`,
  );

const unreadable: Rule = ({ held, view, declared }) => {
  const current = held.get(holder(view, "AWSCURRENT") ?? "");
  if (current?.holds !== "invalid" && current?.holds !== undefined && current.holds !== "nothing")
    return undefined;
  const why = current?.holds === "invalid" ? ` (${current.code})` : "";
  const previous = held.get(holder(view, "AWSPREVIOUS") ?? "");
  return trouble(
    "unreadable",
    `No application finds a key in the current value${why}, and no rotation can go on from it.`,
    previous?.holds === "key" || previous?.holds === "brought"
      ? `keyturn rollback ${declared.name}`
      : `aws secretsmanager put-secret-value --secret-id ${declared.name} --secret-string '{"keyturn":{"v":1}}'`,
  );
};

const killed: Rule = (facts) => {
  const current = holder(facts.view, "AWSCURRENT");
  if (current === undefined || !hasLabel(facts.view, killMark(current))) return undefined;
  return trouble(
    "killed",
    "Its current key was ended before it had a replacement: applications fail.",
    rotateNow(facts),
  );
};

const expiry: Rule = (facts, versions) => {
  const { now, starts } = facts;
  const expiresAt = inRole(versions, "current")?.expiresAt;
  if (!expiresAt) return undefined;
  if (expiresAt <= now)
    return trouble(
      "expired",
      `Its current key ended by itself at ${at(expiresAt)}: applications fail.`,
      rotateNow(facts),
    );
  const next = starts.by === "schedule" ? starts.next : facts.view.nextRotationAt;
  const wakes = starts.by === "schedule" ? starts.paused?.until : undefined;
  if (starts.by === "unknown" || (next ?? wakes ?? new Date(8.64e15)) < expiresAt) return undefined;
  return trouble(
    "expiring",
    `Its current key ends by itself at ${at(expiresAt)}, before anything rotates it.`,
    rotateNow(facts),
  );
};

const leaked: Rule = (facts, versions) => {
  const which = versions.filter((version) => version.leaked);
  if (which.length === 0) return undefined;
  const handles = [...new Set(which.map(({ handle, role }) => `${handle ?? "a key"} (${role})`))].join(", ");
  return trouble("leaked", `Marked as leaked, and not contained yet: ${handles}.`, rotateNow(facts));
};

const open: Rule = ({ view, versions, now, declared: { name } }) => {
  const token = openRotation(view);
  if (!token) return undefined;
  const began = versions.find(({ versionId }) => versionId === token)?.createdAt ?? view.lastChangedAt;
  const age = began ? `, open for ${since(began, now)}` : "";
  const verdict = judgeStuck({ view, versions, now });
  if (verdict.do === "give up")
    return trouble(
      "gave_up",
      `Recovery has ended ${verdict.aborts} of its rotations and gave up. Rotation ${token}${age}.`,
      `See why they fail (keyturn status ${name}), mend that, then: keyturn abort ${name}`,
    );
  if (verdict.do === "abort")
    return trouble("stuck", `Rotation ${token}${age}: no try takes that long.`, `keyturn recover ${name}`);
  return trouble("open", `Rotation ${token}${age}.`, "Nothing: it ends by itself, or is recovered.");
};

const neverRotated: Rule = (facts) => {
  const { held, view } = facts;
  if (held.get(holder(view, "AWSCURRENT") ?? "")?.holds !== "placeholder") return undefined;
  return trouble("never_rotated", "It holds the placeholder and no key yet.", rotateNow(facts));
};

const disabled: Rule = ({ view, starts, declared: { name } }) => {
  if (view.rotationEnabled || (starts.by === "schedule" && starts.paused)) return undefined;
  const where = view.native ? ` --rotation-lambda-arn ${view.native.functionArn}` : "";
  return trouble(
    "disabled",
    "Rotation is off in Secrets Manager: whatever starts one is refused.",
    where
      ? `aws secretsmanager rotate-secret --secret-id ${name}${where} --rotation-rules AutomaticallyAfterDays=30`
      : "Deploy it: the stack turns rotation on.",
  );
};

const schedule: Rule = ({ starts, view, declared: { name } }) => {
  if (starts.by === "unknown")
    return trouble(
      "schedule_unknown",
      `Its schedule cannot be read (${starts.code}).`,
      "Have scheduler:GetSchedule granted on the environment's group.",
    );
  if (starts.by === "none" && view.nextRotationAt)
    return trouble(
      "backstop",
      `It has no schedule: only the rule in Secrets Manager rotates it, next at ${at(view.nextRotationAt)}.`,
      "Deploy it: the stack makes its schedule.",
    );
  if (starts.by === "none")
    return trouble(
      "unscheduled",
      "Nothing starts its rotations.",
      "Deploy it: the stack makes its schedule.",
    );
  if (starts.paused || !starts.enabled) {
    const until = starts.paused?.until;
    return trouble(
      "paused",
      until
        ? `Its rotations are paused until ${at(until)}.`
        : "Its rotations are paused until somebody resumes them.",
      `keyturn resume ${name}`,
    );
  }
  return starts.next
    ? undefined
    : trouble("unscheduled", `Its schedule (${starts.expression}) fires no more.`, "Deploy it again.");
};

const late: Rule = (facts) => {
  const { view, starts, declared, now } = facts;
  const isPaused = starts.by === "schedule" && !starts.enabled;
  if (!view.lastRotatedAt || isPaused || !view.rotationEnabled || openRotation(view)) return undefined;
  const due = view.lastRotatedAt.getTime() + (declared.longestGapSeconds + declared.jitterSeconds) * 1000;
  if (due + lateMs > now.getTime()) return undefined;
  return trouble(
    "late",
    `It rotated last ${since(view.lastRotatedAt, now)} ago, and is declared ${declared.timing.told}.`,
    rotateNow(facts),
  );
};

const overdue: Rule = (facts, versions) => {
  const until = inRole(versions, "previous")?.overlapUntil;
  if (!until || until.getTime() + overdueMs > facts.now.getTime()) return undefined;
  const { handle } = inRole(versions, "previous") ?? {};
  return trouble(
    "overdue",
    `The overlap of ${handle ?? "the previous key"} was over at ${at(until)}, and nobody has seen its vendor refuse it.`,
    `The next rotation ends it first: ${rotateNow(facts)}`,
  );
};

const brought: Rule = (facts, versions) => {
  if (inRole(versions, "previous")?.holds === "brought")
    return trouble(
      "brought",
      "Somebody brought its previous key along: nothing of ours may end it.",
      "End it at its vendor once nothing uses it.",
    );
  if (inRole(versions, "current")?.holds !== "brought") return undefined;
  return trouble(
    "brought",
    "Somebody brought its current key along.",
    `Rotate it, then end that key at its vendor: ${rotateNow(facts)}`,
  );
};

const claimed: Rule = (_, versions) => {
  const [claim] = versions.flatMap(({ claims }) => claims);
  if (!claim) return undefined;
  const what = claim.kind === "end" ? "A job is ending its previous key" : "Somebody is rolling it back";
  return trouble("claimed", `${what}, until ${at(claim.until)} at most.`, "Nothing: it ends by itself.");
};

const withheld: Rule = (_, versions) =>
  versions.some(({ holds }) => holds === "withheld")
    ? trouble(
        "values_withheld",
        "You may not read its values, so this rests on its labels alone.",
        "Have secretsmanager:GetSecretValue granted for handles and ages of keys.",
      )
    : undefined;

const rules: readonly Rule[] = [
  ...[unreadable, killed, expiry, leaked, open, neverRotated, disabled, schedule, late, overdue],
  ...[brought, claimed, withheld],
];
