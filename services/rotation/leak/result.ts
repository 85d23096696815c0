import type { Case, Judged } from "./case.js";
import type { Act, Hold } from "./judge.js";
import type { Receipt } from "./receipt.js";
import type { Progress } from "./report.js";

export interface ContainResult {
  readonly action: "contain";
  readonly secret: string;
  /**
   * `contained`: no leaked key is current, and their vendor refuses each. `nothing_to_do`: it was so when the report came.
   * `not_dead`: replaced, and not seen refused yet, or for a generated key not once more when no run could register it any longer.
   * `not_replaced`: AWSCURRENT holds a leaked key.
   */
  readonly outcome: "contained" | "nothing_to_do" | "not_dead" | "not_replaced";
  readonly versions: readonly {
    readonly version: string;
    readonly handle?: string;
    /** It was ended at its vendor no later than this; absent when it was dead at the report. */
    readonly killedAt?: string;
    /** The vendor was first seen to refuse it. */
    readonly refusedAt?: string;
    readonly state: Exclude<Act["do"], "wait"> | Hold | "it could not be looked at";
  }[];
  /** What is known of the keys, as the next run of this containment takes it. */
  readonly progress: Progress;
  /** Once nothing is left to do. */
  readonly receipt?: Receipt;
}

/** Where each leaked key stands. What this run could not look at has what was known before. */
export function standings(
  { rotation, known, report }: Case,
  judged: readonly Judged[],
): Pick<ContainResult, "action" | "secret" | "versions" | "progress"> {
  return {
    ...({ action: "contain", secret: rotation.parts.secret.name } as const),
    progress: { ...known },
    versions: report.versions.map((version) => {
      const { handle, killedAt, refusedAt } = known[version] ?? {};
      const act = judged.find(({ versionId }) => versionId === version)?.act;
      return {
        version,
        ...(handle !== undefined && { handle }),
        ...(killedAt !== undefined && { killedAt }),
        ...(refusedAt !== undefined && { refusedAt }),
        state: !act ? "it could not be looked at" : act.do === "wait" ? act.because : act.do,
      };
    }),
  };
}
