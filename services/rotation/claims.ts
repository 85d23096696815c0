import { KeyturnError } from "../errors.js";
import type { SecretView } from "../store/store.js";
import type { Rotation } from "./rotation.js";

/** Who may not be disturbed while it ends a key (`end`) or moves AWSCURRENT back (`rollback`). */
export type ClaimKind = "end" | "rollback";

/** A claim on a version: the claimant acts on its key, and refuses to after `expiresAt` (P13, P14). */
export interface Claim {
  readonly kind: ClaimKind;
  readonly versionId: string;
  readonly expiresAt: Date;
  /** The staging label that it is. */
  readonly label: string;
  /** The version that carries the label. */
  readonly on: string;
}

/** The staging label of a claim. It names version and end, so that a dead claimant blocks nobody. */
export function claimLabel(kind: ClaimKind, versionId: string, expiresAt: Date): string {
  return `keyturn:claim:${kind}:${expiresAt.getTime()}:${versionId}`;
}

/** Every claim that the labels show, those that are over too. */
export function claimsIn(view: SecretView): readonly Claim[] {
  return [...view.stages].flatMap(([on, labels]) =>
    labels.flatMap((label) => {
      const [, kind, time, versionId = ""] =
        /^keyturn:claim:(end|rollback):(\d{1,15}):(.+)$/.exec(label) ?? [];
      if (kind !== "end" && kind !== "rollback") return [];
      return [{ kind, versionId, expiresAt: new Date(Number(time)), label, on }];
    }),
  );
}

/** Whether a rollback that is not over has claimed this version. */
export function isRolledBack(view: SecretView, versionId: string | undefined, now: Date): boolean {
  return claimsIn(view).some(
    (claim) => claim.kind === "rollback" && claim.versionId === versionId && claim.expiresAt > now,
  );
}

/**
 * Passes unless somebody is moving AWSCURRENT back to this version, whose key must then live (P14).
 * @throws KeyturnError `rollback_pending`
 */
export function mustNotBeRolledBack(
  { parts: { secret, clock } }: Rotation,
  view: SecretView,
  versionId: string | undefined,
): void {
  if (!isRolledBack(view, versionId, clock.now())) return;
  throw new KeyturnError("rollback_pending", {
    expected: `nobody to move AWSCURRENT of ${secret.name} back to version ${versionId}`,
    found: "the claim of a rollback",
    next: "Nothing to do: it is tried again, and does what the labels call for then.",
  });
}
