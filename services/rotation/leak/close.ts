import { KeyturnError } from "../../errors.js";
import { receiptTag } from "../../leak/receipt-tag.js";
import type { SecretView } from "../../store/store.js";
import { nothingOfOurs, type StoredValue, sameKey } from "../../store/value.js";
import { holder, killMark, leakMark, markedVersions, openRotation } from "../labels.js";
import type { Case, Judged } from "./case.js";
import { type Receipt, receiptOf } from "./receipt.js";
import { type ContainResult, standings } from "./result.js";
import { noteInTags } from "./tags.js";

export type { ContainResult } from "./result.js";

/** All are dead: says so once, takes the marks off, and ends the watch. While a rotation is open the labels stay, and the watch comes back for them. */
export async function closeCase(
  its: Case,
  view: SecretView,
  judged: readonly Judged[],
): Promise<ContainResult> {
  const { watch, rotation, report, known } = its;
  const { request } = rotation.parts;
  const receipt = await receiptNow(its, view);
  const isNews = receipt.keys.some(({ killedAt }) => killedAt !== undefined) || receipt.replacedBy;
  tellContained(its, receipt);
  // Where rotation is off nobody is at work, whatever an earlier one has left.
  if (openRotation(view) && view.rotationEnabled) await watch?.arrange(request, report, known);
  else {
    await tidy(its, view, judged);
    await watch?.end(request, report);
    const current = holder(view, "AWSCURRENT");
    const held = [
      ...judged.map(({ versionId, stored }) => ({ versionId, stored })),
      ...(current ? [{ versionId: current, stored: await keyOf(its, current) }] : []),
    ];
    await noteInTags(rotation.parts, view, held, receiptTag(receipt));
  }
  return { ...standings(its, judged), outcome: isNews ? "contained" : "nothing_to_do", receipt };
}

function keyOf({ rotation }: Case, versionId: string | undefined): Promise<StoredValue | undefined> {
  return rotation.value(versionId).catch(nothingOfOurs);
}

async function receiptNow(its: Case, view: SecretView): Promise<Receipt> {
  const { rotation, report, known } = its;
  const { secret, provider } = rotation.parts;
  const replaced = Object.values(known).flatMap(({ replacedAt }) => replacedAt ?? []);
  const currentAt = replaced.sort()[0];
  const version = holder(view, "AWSCURRENT");
  const held = await keyOf(its, version);
  const replacedBy = currentAt !== undefined &&
    version !== undefined && { version, ...(held?.kind === "key" && { handle: held.key.handle }) };
  return receiptOf({
    ...{ secret: secret.name, provider: provider.id, report, progress: known },
    ...(replacedBy && { replacedBy, currentAt }),
  });
}

/** Once for each key, however often the watch comes back. */
function tellContained({ rotation, known }: Case, receipt: Receipt): void {
  const { tell, clock } = rotation.parts;
  for (const { version, handle } of receipt.keys) {
    if (handle === undefined || known[version]?.toldAt !== undefined) continue;
    // The detail of an event is JSON: what a receipt leaves out is not there.
    tell("Leak Contained", { version, handle, receipt: JSON.parse(JSON.stringify(receipt)) });
    known[version] = { ...known[version], toldAt: clock.now().toISOString() };
  }
}

/**
 * Takes off the marks of these keys, those of the copies that aborts made too, and AWSPREVIOUS where its key is one of the dead. What has
 * moved on since is left.
 */
async function tidy(its: Case, view: SecretView, judged: readonly Judged[]): Promise<void> {
  const { store, request } = its.rotation.parts;
  const isDead = (value: StoredValue | undefined) => judged.some(({ stored }) => sameKey(stored, value));
  const marks = judged.flatMap(({ versionId }) => [leakMark(versionId), killMark(versionId)]);
  for (const version of markedVersions(view))
    if (!marks.includes(leakMark(version)) && isDead(await keyOf(its, version)))
      marks.push(leakMark(version));
  const drops = marks.flatMap((label): [string, string][] => {
    const on = holder(view, label);
    return on ? [[label, on]] : [];
  });
  const previousId = holder(view, "AWSPREVIOUS");
  if (previousId && isDead(await keyOf(its, previousId))) drops.unshift(["AWSPREVIOUS", previousId]);
  for (const [label, from] of drops) {
    try {
      await store.dropStage(request.arn, label, from);
    } catch (error) {
      if (!(error instanceof KeyturnError) || error.code !== "store_refused") throw error;
    }
  }
}
