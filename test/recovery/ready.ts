import type { Bench } from "../rotation/bench.js";
import { type Kind, turns } from "../rotation/refusal.js";
import { holderOf } from "./jobs.js";

export const versionAt = async (bench: Bench, kind: Kind, label: string) =>
  (await holderOf(bench, kind, label)) ?? "none";

/** Another key is current, and one before it lives for a while: whatever a test left is over. */
export async function ready(bench: Bench, kind: Kind): Promise<void> {
  for (const [versionId, labels] of Object.entries(await bench.labels(bench[kind])))
    for (const VersionStage of labels.filter((one) => one.startsWith("keyturn:")))
      await bench.aws.updateSecretVersionStage({
        ...{ SecretId: bench[kind].name, VersionStage, RemoveFromVersionId: versionId },
      });
  await bench.pastOverlap(bench[kind]);
  await turns(bench, bench[kind]);
  // A token that was current since a rollback does not live for another.
  const { keyturn } = await bench.value(bench[kind], "AWSPREVIOUS");
  const left = Date.parse(String(keyturn?.["expiresAt"])) - bench.sandbox.timeline.now().getTime();
  if (left < 30 * 60_000) await ready(bench, kind);
}
