import * as z from "zod/mini";

const seconds = z.number().check(z.gte(0), z.lte(7 * 86_400));

const schemas = {
  /** How often a failed rotation is tried again. */
  retries: z.int().check(z.gte(0), z.lte(100)),
  /** From a failed try to the next. */
  retrySpacingSeconds: seconds,
  /** No try begins later than this after the rotation was started. */
  rotationWindowSeconds: seconds,
  /** An invocation that takes longer has failed. */
  functionTimeoutSeconds: z.number().check(z.gt(0), z.lte(900)),
  /** From a rotation's success until AWSPENDING is taken off the version that is now current. */
  clearPendingSeconds: seconds,
  /** RotateSecret with a token that is a version already and not under way. */
  oldToken: z.enum(["refuse", "ignore", "rerun"]),
  /** GetSecretValue, by id, of a version that carries no label. */
  unlabelledVersions: z.enum(["refused", "readable"]),
  /** Labels that are not AWS's own, on the version that AWSCURRENT leaves. */
  foreignLabelsAtFlip: z.enum(["kept", "lost"]),
  /** A function that throws in finishSecret after it moved AWSCURRENT: the labels already say success. */
  throwAfterFlip: z.enum(["retried", "succeeded"]),
  /** A rotation whose pending version was filled with another key than the function's, and without its RotationToken, fails. */
  pendingCreator: z.enum(["checked", "unchecked"]),
} as const;

type Schemas = typeof schemas;

/** What is not published about AWS, or not confirmed, and can therefore be set. */
export type Switches = { readonly [Name in keyof Schemas]: z.infer<Schemas[Name]> };

const defaults: Switches = {
  retries: 3,
  retrySpacingSeconds: 60,
  rotationWindowSeconds: 3600,
  functionTimeoutSeconds: 60,
  clearPendingSeconds: 0,
  oldToken: "ignore",
  unlabelledVersions: "refused",
  foreignLabelsAtFlip: "kept",
  throwAfterFlip: "retried",
  pendingCreator: "checked",
};

const known = z.strictObject(schemas);

/** Switches as they are now. `set` throws RangeError for an unknown name or a wrong value, naming the known ones. */
export interface SwitchBoard {
  readonly now: Switches;
  set(name: string, value: unknown): void;
}

export function createSwitches(): SwitchBoard {
  let now = defaults;
  return {
    get now() {
      return now;
    },
    set: (name, value) => {
      const result = known.safeParse({ ...now, [name]: value });
      if (!result.success) {
        const problem = result.error.issues.map((issue) => issue.message).join("; ");
        const names = Object.entries(defaults).map(([key, usual]) => `${key} (${usual})`);
        throw new RangeError(
          `Secrets Manager has no switch "${name}" with this value: ${problem}. Known, with defaults: ${names.join(", ")}.`,
        );
      }
      now = result.data;
    },
  };
}
