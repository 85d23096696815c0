import { randomUUID } from "node:crypto";
import { CodedError } from "../../../providers/kit/failure.js";
import { hash32 } from "../../../providers/kit/label.js";
import { KeyturnError } from "../../errors.js";
import type { SecretView } from "../../store/store.js";
import { endAbandoned } from "../abandoned.js";
import { abortRotation } from "../abort.js";
import { holder, openRotation } from "../labels.js";
import { retire } from "../retire.js";
import { type Case, type Judged, noteKilled, type Picture } from "./case.js";
import type { Act } from "./judge.js";
import { killCurrent } from "./kill.js";

/**
 * Does what the leaked keys call for: whatever nothing needs is ended at once; then the one thing that moves the rotation on. What may
 * pass is logged, and asked for again with the next look.
 */
export async function perform(its: Case, view: SecretView, { judged, surrounding }: Picture): Promise<void> {
  for (const one of judged) if (one.act.do === "retire") await unlessItMayPass(its, () => end(its, one));
  const wanted = (act: Act["do"]) => judged.find((one) => one.act.do === act);
  const killed = wanted("kill");
  const willKill = surrounding.kill && judged.some(({ key }) => key.held === "current" && key.accepted);
  if (wanted("abort")) await unlessItMayPass(its, () => abort(its, view, !willKill));
  else if (killed) await unlessItMayPass(its, () => killCurrent(its, killed));
  else if (wanted("rotate")) await unlessItMayPass(its, () => replace(its, view));
  else if (wanted("again")) await unlessItMayPass(its, () => rotate(its, openRotation(view)));
}

async function end(its: Case, { versionId, stored }: Judged): Promise<void> {
  if (stored?.kind !== "key") return;
  await retire(its.rotation, { as: "stored", stored });
  noteKilled(its, versionId);
}

/** Ends the open rotation for good, with what it had made; it was due, so that another one begins: at once, or by recovery. */
async function abort(its: Case, view: SecretView, begin: boolean): Promise<void> {
  const token = openRotation(view);
  if (!token) return;
  const rotation = await its.parts.open({ ...its.rotation.parts.request, token });
  const why = "its key, or the one that it replaces, has leaked";
  const done = await abortRotation(rotation, why, { isOwed: true });
  if (!done) return;
  const made = await endAbandoned(rotation, done);
  const ended = [...made.ended, ...made.dying];
  for (const [version, { handle }] of Object.entries(its.known))
    if (handle !== undefined && ended.includes(handle)) noteKilled(its, version);
  if (begin && view.rotationEnabled) await rotate(its, randomUUID());
}

/**
 * Two reports of one leak are one rotation; after a hard abort, which makes another version current, a new one begins (P20). A token that
 * was used up without replacing this current version makes no rotation any more: the next one does.
 */
async function replace(its: Case, view: SecretView): Promise<void> {
  const { store, request } = its.rotation.parts;
  const current = holder(view, "AWSCURRENT") ?? "";
  const versions = [...its.report.versions].sort();
  const history = await store.history(request.arn);
  for (let tries = 1; ; tries++) {
    const hash = hash32(24, ...versions, current, ...(tries > 1 ? [String(tries)] : []));
    const token = `keyturn-leak-${hash}`;
    const used = history.find(({ versionId }) => versionId === token);
    if (!used) return rotate(its, token);
    // Somebody else began it a moment ago: the next look shows it.
    if (used.stages.includes("AWSPENDING") || used.stages.includes("AWSCURRENT")) return;
  }
}

/** AWS refuses while another rotation is open, and takes that one up again: it is the replacement then. */
async function rotate({ rotation, asked }: Case, token: string | undefined): Promise<void> {
  if (token === undefined || asked.has(token)) return;
  const { store, request, log } = rotation.parts;
  try {
    await store.rotate(request.arn, token);
    asked.add(token);
    log.info("leak_rotation", { rotation: token });
  } catch (error) {
    if (!(error instanceof KeyturnError) || error.code !== "store_refused") throw error;
    asked.add(token);
    log.error("leak_rotation_refused", { message: error.message });
  }
}

/**
 * Codes that are no reason to stop: a key that the vendor may yet list, one that came under a label meanwhile, a kill that has become wrong
 * since the report.
 */
const passing = ["handle_foreign", "internal", "rollback_first", "rotation_disabled"];

async function unlessItMayPass(its: Case, act: () => Promise<void>): Promise<void> {
  try {
    await act();
  } catch (error) {
    if (!(error instanceof CodedError) || !(error.retryable || passing.includes(error.code))) throw error;
    its.trouble = { code: error.code, message: error.message };
    its.rotation.parts.log.error("containment_waits", its.trouble);
  }
}
