import { CodedError } from "../../../providers/kit/failure.js";
import { KeyturnError } from "../../errors.js";
import type { SecretView } from "../../store/store.js";
import { secretRef } from "../event.js";
import type { JobOf } from "../jobs/job.js";
import type { JobParts } from "../jobs/parts.js";
import { holder, leakMark, openRotation } from "../labels.js";
import type { Rotation } from "../rotation.js";
import { judgeStuck } from "../stuck.js";
import { perform } from "./act.js";
import { alarm, notYet } from "./alarm.js";
import { type Case, type Judged, noteSeen, type Picture } from "./case.js";
import { type ContainResult, closeCase } from "./close.js";
import { examine, runMs } from "./examine.js";
import { judgeLeaked, type Surrounding } from "./judge.js";
import { mustBeKillable } from "./kill.js";
import type { KeyProgress, Report } from "./report.js";
import { scheduledWatch } from "./watch.js";

/** From one look to the next: of the first five, of the others, and where all are dead and only have to stay so. Milliseconds. */
const pausesMs = { first: 2_000, later: 5_000, quiet: 10_000 };
const firstLooks = 5;
/** How long a leaked key that nothing replaces is kept, where the declaration says to kill it anyway. Milliseconds. */
const keepMs = 10 * 60_000;

/**
 * Contains a leak: marks the versions, then does what each key calls for now, until none is current and each is seen refused, or
 * the time is over; the watch, set before anything else, goes on from there. May run twice, at once, beside rotations, and
 * die anywhere. What may pass is waited for: neither AWS's schedules nor the vendor being away stops it.
 * @throws KeyturnError `event_invalid` (a version that there is not), `rollback_first`, `rotation_disabled` (kill first): nothing was marked;
 * `store_…`; ProviderError. The watch stands then, unless it could not be set.
 */
export async function contain(parts: JobParts, job: JobOf<"contain">): Promise<ContainResult> {
  const { report } = job;
  const secret = secretRef(job.secretId);
  const rotation = await parts.open({ ...secret, token: report.versions[0] ?? "" });
  const { clock, tell, log } = rotation.parts;
  if (!job.progress) {
    await mustExist(rotation, report);
    if (report.killFirst) await mustBeKillable(rotation, report);
  }
  const known: Record<string, KeyProgress> = { ...job.progress };
  const watch = parts.scheduled && scheduledWatch(parts.scheduled, clock, log);
  const its: Case = { parts, rotation, watch, report, known, asked: new Set(), ended: new Set() };
  await watch?.arrange(secret, report, known);
  if (!job.progress) for (const version of report.versions) tell("Leak Reported", told(report, version));

  let judged: readonly Judged[] = [];
  for (let looks = 1; ; looks++) {
    try {
      const view = await marked(rotation, report);
      its.currentId = holder(view, "AWSCURRENT");
      const picture = await look(its, view);
      judged = picture.judged;
      if (judged.every(({ act }) => act.do === "done")) return await closeCase(its, view, judged);
      its.trouble = undefined;
      await perform(its, view, picture);
    } catch (error) {
      if (!(error instanceof CodedError)) throw error;
      its.trouble = { code: error.code, message: error.message };
      log.error("containment_waits", its.trouble);
      if (!error.retryable) {
        alarm(its, judged);
        await watch?.arrange(secret, report, known);
        throw error;
      }
    }
    alarm(its, judged);
    if (isUpToPeople(judged) || !(await rotation.wait(pause(looks, judged)))) return notYet(its, judged);
  }
}

function pause(looks: number, judged: readonly Judged[]): number {
  const isQuiet = judged.length > 0 && judged.every(({ act, key }) => act.do === "wait" && !key.accepted);
  if (isQuiet) return pausesMs.quiet;
  return looks <= firstLooks ? pausesMs.first : pausesMs.later;
}

/** Another look in this run would show the same. */
function isUpToPeople(judged: readonly Judged[]): boolean {
  const theirs = ["rotation is off", "it is not ours to end"];
  return (
    judged.length > 0 &&
    judged.every(({ act }) => act.do === "done" || (act.do === "wait" && theirs.includes(act.because)))
  );
}

/** How every leaked key stands now, and what it calls for. */
async function look(its: Case, view: SecretView): Promise<Picture> {
  const { rotation, report, known, ended } = its;
  const seen = { view, versions: await historyFor(rotation, view, report), report };
  const examined = [];
  for (const version of report.versions)
    examined.push(await examine(rotation, seen, version, known[version] ?? {}, ended.has(version)));
  noteSeen(its, examined);
  const surrounding = await around(its, view);
  const judged = examined.map((one) => ({ ...one, act: judgeLeaked(one.key, surrounding) }));
  return { judged, surrounding };
}

/** Marks what carries no mark, and looks again: what is done follows from labels that were seen after the mark (P15). */
async function marked(rotation: Rotation, { versions }: Report): Promise<SecretView> {
  const { store, request } = rotation.parts;
  const isMissing = (view: SecretView) => (version: string) => holder(view, leakMark(version)) === undefined;
  const view = await rotation.look();
  const missing = versions.filter(isMissing(view));
  if (missing.length === 0) return view;
  for (const version of missing) await store.moveStage(request.arn, leakMark(version), { to: version });
  return rotation.readUntil(
    () => rotation.look(),
    (seen) => !versions.some(isMissing(seen)),
  );
}

/** Read only where it tells something: see `examine`. */
async function historyFor(rotation: Rotation, view: SecretView, { versions }: Report) {
  const inUse = ["AWSCURRENT", "AWSPENDING", "AWSPREVIOUS"].map((stage) => holder(view, stage));
  const { store, request, provider } = rotation.parts;
  const isNeeded = provider.origin === "generated" || versions.some((version) => !inUse.includes(version));
  return isNeeded ? store.history(request.arn) : [];
}

async function around({ rotation, report }: Case, view: SecretView): Promise<Surrounding> {
  const { clock, secret, store, request } = rotation.parts;
  const now = clock.now();
  const overdue = now.getTime() >= Date.parse(report.at) + keepMs;
  const kill = report.killFirst === true || (overdue && secret.whenNotReplaced === "kill anyway");
  const told = { enabled: view.rotationEnabled, kill };
  const open = openRotation(view);
  if (!open) return { ...told, rotation: "none" };
  const versions = await store.history(request.arn);
  if (judgeStuck({ view, versions, now }).do === "abort") return { ...told, rotation: "stuck" };
  const opened = versions.find(({ versionId }) => versionId === open)?.createdAt ?? now;
  const isQuiet = now.getTime() >= opened.getTime() + runMs;
  return { ...told, rotation: isQuiet ? "quiet" : "running" };
}

/** @throws KeyturnError `event_invalid` */
async function mustExist(rotation: Rotation, { versions }: Report): Promise<void> {
  const { store, request, secret } = rotation.parts;
  const history = await store.history(request.arn);
  const isListed = (version: string) => history.some(({ versionId }) => versionId === version);
  const unlisted = versions.filter((version) => !isListed(version));
  if (unlisted.length === 0) return;
  // The history may leave out a version without a value.
  const { stages } = await rotation.look();
  const unknown = unlisted.filter((version) => !stages.has(version));
  if (unknown.length === 0) return;
  throw new KeyturnError("event_invalid", {
    expected: `versions of ${secret.name}`,
    found: `${unknown.join(", ")}, which Secrets Manager does not list`,
    next: "Nothing was marked. Name a version that is there (aws secretsmanager list-secret-version-ids --include-deprecated), or report without one: current and previous count as leaked then.",
  });
}

function told({ by, source, reason }: Report, version: string) {
  return {
    version,
    ...(by !== undefined && { by }),
    ...(source !== undefined && { source }),
    ...(reason !== undefined && { reason }),
  };
}
