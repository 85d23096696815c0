import type { ClaimKind } from "../rotation/claims.js";
import type { Held, Starts } from "./facts.js";

/** How bad it is. `alarm`: it does not work, or soon will not. `warning`: somebody should know. `note`: no trouble. */
export type Level = "ok" | "note" | "warning" | "alarm";

/** Everything that can be said of a secret beside that all is well, worst first. docs/status.md says what each means. */
export const troubleLevels = {
  missing: "alarm",
  deleted: "alarm",
  no_access: "alarm",
  unreachable: "alarm",
  unreadable: "alarm",
  killed: "alarm",
  expired: "alarm",
  leaked: "alarm",
  gave_up: "alarm",
  stuck: "alarm",
  never_rotated: "alarm",
  disabled: "alarm",
  unscheduled: "alarm",
  expiring: "alarm",
  late: "alarm",
  overdue: "alarm",
  paused: "warning",
  backstop: "warning",
  brought: "warning",
  open: "note",
  claimed: "note",
  schedule_unknown: "note",
  values_withheld: "note",
} as const satisfies Readonly<Record<string, Exclude<Level, "ok">>>;
export type TroubleCode = keyof typeof troubleLevels;

export interface Trouble {
  readonly code: TroubleCode;
  readonly level: Exclude<Level, "ok">;
  readonly words: string;
  /** What to type, or to do. */
  readonly next: string;
}

/** A version of a secret, and the key it holds. */
export interface VersionStatus {
  readonly role: "current" | "previous" | "pending" | "other";
  readonly version: string;
  readonly holds: Held["holds"];
  readonly handle?: string;
  readonly madeAt?: Date;
  /** When the key ends by itself. */
  readonly expiresAt?: Date;
  /** Of a previous key: when its overlap is over. */
  readonly overlapUntil?: Date;
  /** Of a pending version: since when. */
  readonly since?: Date;
  readonly leaked: boolean;
  readonly claims: readonly { readonly kind: ClaimKind; readonly until: Date }[];
}

/** One secret. Its JSON is part of what `keyturn status --json` prints. */
export interface SecretStatus {
  readonly secret: string;
  readonly provider: string;
  readonly arn?: string;
  /** `ok`, or the worst trouble. */
  readonly state: "ok" | TroubleCode;
  readonly level: Level;
  readonly rotation: {
    /** As declared, for people. */
    readonly declared: string;
    /** Whether Secrets Manager lets it rotate. */
    readonly enabled?: boolean;
    /** When AWS last judged one successful. */
    readonly last?: Date;
    /** The next one, put off by `jitterMinutes` at most. */
    readonly next?: Date;
    readonly jitterMinutes?: number;
    readonly startedBy: Starts["by"] | "native rule";
  };
  readonly versions: readonly VersionStatus[];
  /** Worst first. */
  readonly troubles: readonly Trouble[];
}
