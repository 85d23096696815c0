import { invalidParameter } from "./errors.js";

/** Which version holds each staging label. A label sits on one version only, by construction. */
export type Labels = ReadonlyMap<string, string>;

export const current = "AWSCURRENT";
export const previous = "AWSPREVIOUS";
export const pending = "AWSPENDING";

/** What becomes of labels that are not AWS's own on the version that AWSCURRENT leaves. AWS's answer is not known. */
export type ForeignLabels = "kept" | "lost";

/** The labels of one version, sorted. */
export function stagesOf(labels: Labels, versionId: string): string[] {
  return [...labels]
    .filter(([, holder]) => holder === versionId)
    .map(([label]) => label)
    .sort();
}

/**
 * The labels after a version was written. Exactly the given stages move to it, from whoever held them; without
 * stages it is AWSCURRENT that moves. While no version is current, the written one also becomes current.
 */
export function afterPut(
  labels: Labels,
  versionId: string,
  stages: readonly string[] | undefined,
  foreign: ForeignLabels,
): Labels {
  const wanted = new Set(stages ?? [current]);
  if (!labels.has(current)) wanted.add(current);
  let after = labels;
  if (wanted.has(current) && labels.has(current)) {
    // Whoever writes the current value ends the rotation that is under way: AWSPENDING goes with it.
    after = without(moveCurrent(labels, versionId, foreign), pending);
  }
  const result = new Map(after);
  for (const stage of wanted) result.set(stage, versionId);
  return result;
}

export interface StageMove {
  readonly stage: string;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

/**
 * The labels after UpdateSecretVersionStage. Whether the versions exist is the caller's to check.
 * @throws AwsError InvalidParameterException when `from` is not the label's holder, or is missing though it has one.
 * @see https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_UpdateSecretVersionStage.html
 */
export function afterMove(labels: Labels, { stage, from, to }: StageMove, foreign: ForeignLabels): Labels {
  const holder = labels.get(stage);
  if (from === undefined && to === undefined) {
    throw invalidParameter("You must provide RemoveFromVersionId, MoveToVersionId or both.");
  }
  if (from !== undefined && from !== holder) {
    throw invalidParameter(
      `When you move staging label ${stage}, if you specify RemoveFromVersionId, it must be set to the version ` +
        `that currently has the staging label ${stage}.`,
    );
  }
  if (to === undefined) {
    if (stage === current) {
      throw invalidParameter(
        "You can only move staging label AWSCURRENT to a different secret version. It can't be completely removed.",
      );
    }
    return without(labels, stage);
  }
  if (holder === to) return labels;
  if (holder !== undefined && from === undefined) {
    throw invalidParameter(
      `The parameter RemoveFromVersionId can't be empty. Staging label ${stage} is currently attached to version ` +
        `${holder}, so you must explicitly reference that version in RemoveFromVersionId.`,
    );
  }
  return stage === current ? moveCurrent(labels, to, foreign) : new Map(labels).set(stage, to);
}

/** AWSCURRENT moves, and AWSPREVIOUS to where it was. AWSPENDING stays where it is. */
function moveCurrent(labels: Labels, to: string, foreign: ForeignLabels): Labels {
  const from = labels.get(current);
  if (from === to) return labels;
  const after = new Map(labels).set(current, to);
  if (from === undefined) return after;
  after.set(previous, from);
  if (foreign === "lost") {
    for (const [label, holder] of labels) {
      if (holder === from && !label.startsWith("AWS")) after.delete(label);
    }
  }
  return after;
}

export function without(labels: Labels, label: string): Labels {
  const after = new Map(labels);
  after.delete(label);
  return after;
}
