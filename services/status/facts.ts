import type { DeclaredSecret } from "../config/declared.js";
import type { SecretView, VersionSummary } from "../store/store.js";

/** What a version holds, as far as its record says: no part of a key. */
export type Held =
  | {
      readonly holds: "key";
      /** Absent where somebody has changed the record: what stands in its place may be a key. */
      readonly handle?: string;
      readonly createdAt: Date;
      /** The version that it was made to replace. */
      readonly replaces?: string;
      readonly expiresAt?: Date;
    }
  /** A key that somebody brought along: it has no record. */
  | { readonly holds: "brought" }
  | { readonly holds: "placeholder" }
  /** Nothing that a rotation could read; the code says why. */
  | { readonly holds: "invalid"; readonly code: string }
  | { readonly holds: "nothing" }
  /** The caller may not read values: labels are all there is. */
  | { readonly holds: "withheld" };

/** What starts a secret's rotations. */
export type Starts =
  | {
      readonly by: "schedule";
      readonly expression: string;
      readonly enabled: boolean;
      /** When it fires next, and by how much that may be put off. */
      readonly next?: Date;
      readonly jitterMinutes: number;
      /** It is paused: until when, or until somebody resumes it. */
      readonly paused?: { readonly until?: Date };
    }
  /** No schedule of Keyturn's. */
  | { readonly by: "none" }
  /** Nobody can say: the code says why. */
  | { readonly by: "unknown"; readonly code: string };

/** All that is known of one declared secret. */
export interface Facts {
  readonly declared: Pick<
    DeclaredSecret,
    "name" | "provider" | "timing" | "overlapSeconds" | "longestGapSeconds" | "jitterSeconds"
  >;
  readonly now: Date;
  /** DescribeSecret, or the code of the error that came instead. */
  readonly view: SecretView | { readonly code: string };
  /** By version id; every version that a label shows. */
  readonly held: ReadonlyMap<string, Held>;
  readonly starts: Starts;
  /** The history, versions without labels included; read only while a rotation is open. */
  readonly versions: readonly VersionSummary[];
}

/** A secret whose labels were seen. */
export type Seen = Facts & { readonly view: SecretView };
