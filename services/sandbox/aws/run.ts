import { current, type Labels, pending, stagesOf } from "./labels.js";
import type { SecretRecord } from "./secret-record.js";
import type { Switches } from "./switches.js";

/** The order in which AWS calls a rotation function. */
export const rotationSteps = ["createSecret", "setSecret", "testSecret", "finishSecret"] as const;

/** One rotation under way. */
export interface Run {
  readonly secret: SecretRecord;
  readonly token: string;
  /** Proves in PutSecretValue that the caller acts for this rotation. */
  readonly rotationToken: string;
  /** A dry run calls testSecret alone, once, on a copy of the current value. */
  readonly dry: boolean;
  readonly steps: readonly string[];
  readonly windowEnds: Date;
  triesLeft: number;
  /** The step that is being done, or failed. */
  at: number;
  /** Labels that are not AWS's own, as they stood when they were last looked at. */
  foreignLabels: string;
  /** The function wrote another current value itself, and the rotation goes on all the same. */
  abortIgnored: boolean;
  /** Stops what is under way or waited for. */
  stop: () => void;
}

export const isFlipped = ({ secret, token }: Run) => secret.labels.get(current) === token;

/** Whether it may be called (again): not when its version lost its labels, or its secret is to be deleted. */
export function mayGoOn(run: Run, switches: Switches): boolean {
  if (isDeleted(run, switches)) return false;
  const stages = stagesOf(run.secret.labels, run.token);
  return run.abortIgnored || stages.includes(pending) || stages.includes(current);
}

export const isDeleted = ({ secret }: Run, { deleteDuringRotation }: Switches) =>
  secret.deletionDate !== undefined && deleteDuringRotation === "stops";

/** AWS's words for a rotation whose pending version somebody else filled; undefined when nobody did. */
export function foreignCreator({ secret, token }: Run, { pendingCreator }: Switches): string | undefined {
  if (pendingCreator === "unchecked" || secret.versions.get(token)?.byFunction !== false) return undefined;
  return (
    `Pending secret version ${token} for Secret ${secret.arn} was not created by Lambda ` +
    `${secret.rotation?.functionArn}. Remove the AWSPENDING staging label and restart rotation`
  );
}

/** Puts AWSPENDING on a version; on a new one without a value where there is none with this id. */
export function stage(secret: SecretRecord, token: string, now: Date): void {
  if (!secret.versions.has(token)) secret.versions.set(token, { id: token, createdAt: now });
  secret.labels = new Map(secret.labels).set(pending, token);
  secret.changedAt = now;
}

/** The labels that are not AWS's own, with their holders. */
export function foreignLabels(labels: Labels): string {
  const foreign = [...labels].filter(([label]) => !label.startsWith("AWS"));
  return foreign.map(([label, holder]) => `${label} ${holder}`).join("\n");
}
