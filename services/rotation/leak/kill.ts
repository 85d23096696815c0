import { KeyturnError } from "../../errors.js";
import type { SecretView } from "../../store/store.js";
import { nothingOfOurs, type StoredValue, sameKey } from "../../store/value.js";
import { holder, killMark } from "../labels.js";
import { previousValue } from "../previous.js";
import { retire } from "../retire.js";
import type { Rotation } from "../rotation.js";
import { type Case, type Judged, noteKilled } from "./case.js";
import type { Report } from "./report.js";

/**
 * What `--kill-first` needs, asked before anything is marked: that another key can follow (rotation is on, the vendor takes the admin
 * credential), and that no other key works that a rollback could go back to without an outage.
 * @throws KeyturnError `rotation_disabled`, `rollback_first`; ProviderError
 */
export async function mustBeKillable(rotation: Rotation, report: Report): Promise<void> {
  const leaked: (StoredValue | undefined)[] = [];
  for (const version of report.versions) leaked.push(await rotation.value(version).catch(nothingOfOurs));
  const isLeaked = (stored: StoredValue) => leaked.some((one) => sameKey(one, stored));
  const view = await rotation.look();
  const current = await rotation.value(holder(view, "AWSCURRENT")).catch(nothingOfOurs);
  if (!current || !isLeaked(current)) return;
  await mustBeReplaceable(rotation, view);
  if (!report.evenSo) await mustHaveNoWayBack(rotation, view, current, async (one) => isLeaked(one));
}

/**
 * Ends a leaked key that AWSCURRENT holds, before anything replaces it: invariant 2 is suspended until the next flip. A label says first
 * what is about to happen, so that whoever finds AWSCURRENT dead knows why.
 * @throws KeyturnError `rotation_disabled`, `rollback_first`: nothing was ended. ProviderError
 */
export async function killCurrent(its: Case, { versionId, stored }: Judged): Promise<void> {
  if (stored?.kind !== "key") return;
  const { rotation, report } = its;
  const { store, request } = rotation.parts;
  // Even if it fails: a key that cannot be ended first is replaced all the same, and ended as the previous one then.
  its.ended.add(versionId);
  const view = await rotation.look();
  await mustBeReplaceable(rotation, view);
  const isLeaked = (one: StoredValue) => rotation.isMarked(one, view);
  if (report.killFirst && !report.evenSo) await mustHaveNoWayBack(rotation, view, stored, isLeaked);
  const current = holder(view, "AWSCURRENT");
  const mark = killMark(versionId);
  if (current && holder(view, mark) === undefined) {
    await store.moveStage(request.arn, mark, { to: current });
    await rotation.readUntil(
      () => rotation.look(),
      (seen) => holder(seen, mark) !== undefined,
    );
  }
  await retire(rotation, { as: "killed", stored, versionId });
  noteKilled(its, versionId);
}

async function mustBeReplaceable(rotation: Rotation, view: SecretView): Promise<void> {
  const { name } = rotation.parts.secret;
  if (!view.rotationEnabled) {
    throw new KeyturnError("rotation_disabled", {
      expected: `rotation of ${name} to be on, so that another key can follow`,
      found: "that it is off",
      next: "Nothing was ended. Turn it on (aws secretsmanager rotate-secret), or report without --kill-first and end the key at its vendor.",
    });
  }
  // Asks the vendor with the admin credential that will make the next key, where it can list.
  await rotation.found();
}

async function mustHaveNoWayBack(
  rotation: Rotation,
  view: SecretView,
  current: StoredValue,
  isLeaked: (stored: StoredValue) => Promise<boolean>,
): Promise<void> {
  const { name } = rotation.parts.secret;
  const previous = await previousValue(rotation, view);
  if (previous?.kind !== "key" || sameKey(previous, current) || (await isLeaked(previous))) return;
  if (!(await rotation.alive(previous))) return;
  throw new KeyturnError("rollback_first", {
    expected: `no other key of ${name} that works, before the current one is ended`,
    found: `the previous key ${previous.key.handle}, alive and not leaked`,
    next: `Nothing was ended. keyturn rollback ${name} makes it current without an outage; then report again. Or add --even-so.`,
  });
}
