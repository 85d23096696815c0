import type { SecretView } from "../store/store.js";

/** Where a rotation's own version stands. Decided by labels alone. */
export type Standing =
  /** Its turn: AWSPENDING is on it, and it was never current. */
  | "pending"
  /** The flip is done. AWS clears AWSPENDING by itself, later. */
  | "current"
  /** AWSPENDING came back to a version that was current once (P18): it is never promoted again. */
  | "returned"
  /** It was current once and is over. */
  | "previous"
  /** A plain write or an abort took its AWSPENDING, or it never existed. */
  | "abandoned";

export function standing(view: SecretView, token: string): Standing {
  const stages = view.stages.get(token) ?? [];
  if (stages.includes("AWSCURRENT")) return "current";
  if (stages.includes("AWSPREVIOUS")) return stages.includes("AWSPENDING") ? "returned" : "previous";
  return stages.includes("AWSPENDING") ? "pending" : "abandoned";
}

/** Whether the rotation of this token may still promote it: AWSPENDING is on its version, and AWSCURRENT is not. */
export function isOpen(view: SecretView, token: string): boolean {
  const stands = standing(view, token);
  return stands === "pending" || stands === "returned";
}

/** The token of the rotation that is open. AWSPENDING on the current version is AWS's to clear, and means success. */
export function openRotation(view: SecretView): string | undefined {
  const token = holder(view, "AWSPENDING");
  return token !== undefined && isOpen(view, token) ? token : undefined;
}

/** The version that carries a staging label. */
export function holder(view: SecretView, stage: string): string | undefined {
  for (const [versionId, stages] of view.stages) if (stages.includes(stage)) return versionId;
  return undefined;
}

/** How the versions are called that aborts write: the history of a secret tells by them how often it was aborted. */
export const abortPrefix = "keyturn-abort-";
/** The same, where no human asked for it: another rotation is to follow at once. */
export const owedPrefix = `${abortPrefix}again-`;

/** The label that marks a version's key as leaked. It names the version, because one label sits on one version only (P15). */
export function leakMark(versionId: string): string {
  return `keyturn:leaked:${versionId}`;
}

/** The label that says of a version's key that it was ended while AWSCURRENT held it: whoever finds that dead knows why. */
export function killMark(versionId: string): string {
  return `keyturn:killed:${versionId}`;
}

/** The label on the current version by which a human waives the overlap of the key before it (P19). */
export function nowWaiver(currentVersionId: string): string {
  return `keyturn:now:${currentVersionId}`;
}

/** Versions that are marked as leaked, wherever AWS has let the mark end up. */
export function markedVersions(view: SecretView): readonly string[] {
  const marks: string[] = [];
  for (const stages of view.stages.values()) {
    for (const stage of stages)
      if (stage.startsWith("keyturn:leaked:")) marks.push(stage.slice("keyturn:leaked:".length));
  }
  return marks;
}

export function hasLabel(view: SecretView, stage: string): boolean {
  return holder(view, stage) !== undefined;
}
