import * as z from "zod/mini";
import { type Board, createBoard } from "./board.js";

const seconds = z.number().check(z.gte(0), z.lte(7 * 86_400));

/** What each switch takes, and what it decides. What is known of each stands in docs/sandbox-secrets-manager.md. */
export const switchSchemas = {
  /** How often a failed rotation is tried again. */
  retries: z.int().check(z.gte(0), z.lte(100)),
  /** From a failed try to the next. */
  retrySpacingSeconds: seconds,
  /** No try of a rotation that RotateSecret started begins later than this after it. A scheduled one has its window. */
  rotationWindowSeconds: seconds,
  /** Which token a try after a failed one, and the next window's after a failed window, gets. */
  retryToken: z.enum(["same", "fresh"]),
  /** The step that a try after a failed one begins with. */
  retryFrom: z.enum(["createSecret", "failed step"]),
  /** An invocation that takes longer has failed. */
  functionTimeoutSeconds: z.number().check(z.gt(0), z.lte(900)),
  /** How the function is invoked: `async` adds Lambda's own two further tries of a failed step, after 1 and 2 minutes more. */
  invoke: z.enum(["sync", "async"]),
  /** The moment of its window at which a scheduled rotation begins; `end` is a second before it closes. */
  windowMoment: z.enum(["start", "middle", "end"]),
  /** When a scheduled rotation that failed in its window is tried again; `next day`, where that is sooner. */
  failedWindow: z.enum(["next window", "next day"]),
  /** A rotation planned before `rate()` or days were changed with RotateImmediately=false. */
  earlierPlan: z.enum(["dropped", "kept"]),
  /** RotateSecret with a function where no rules were ever given. */
  rulesRequired: z.boolean(),
  /** From a rotation's success until AWSPENDING is taken off the version that is now current. */
  clearPendingSeconds: seconds,
  /** AWSPENDING when AWSCURRENT moves to its version: stays for AWS to clear, or goes with the move. */
  pendingAtFlip: z.enum(["stays", "leaves"]),
  /** RotateSecret with a token that is a version already and not under way. */
  oldToken: z.enum(["refuse", "ignore", "rerun"]),
  /** A ClientRequestToken with a colon in it, in RotateSecret. */
  tokenColons: z.enum(["accepted", "refused"]),
  /** GetSecretValue, by id, of a version that carries no label. */
  unlabelledVersions: z.enum(["refused", "readable"]),
  /** A version without a value, in ListSecretVersionIds. */
  emptyVersions: z.enum(["listed", "hidden"]),
  /** Labels that are not AWS's own, on the version that AWSCURRENT leaves. */
  foreignLabelsAtFlip: z.enum(["kept", "lost"]),
  /** A label that is not AWS's own, moved while a rotation is under way: `fatal` fails the rotation at once. */
  foreignLabelDuringRotation: z.enum(["tolerated", "fatal"]),
  /** A function that throws in finishSecret after it moved AWSCURRENT: the labels already say success. */
  throwAfterFlip: z.enum(["retried", "succeeded"]),
  /** A rotation whose pending version was filled with another key than the function's, and without its RotationToken, fails. */
  pendingCreator: z.enum(["checked", "unchecked"]),
  /** A current value that the function itself writes under another version id, inside its rotation. */
  abortByFunction: z.enum(["abandons", "retried", "refused"]),
  /** A rotation whose secret is scheduled for deletion. */
  deleteDuringRotation: z.enum(["stops", "goes on"]),
  /** Reads show the secret as it was this long ago. */
  readLagSeconds: z.number().check(z.gte(0), z.lte(300)),
  /** ListSecrets, and the filters of BatchGetSecretValue, show all secrets as they were this long ago. */
  listStaleSeconds: z.number().check(z.gte(0), z.lte(300)),
  /** Lists: `between` puts a page without entries, but with a NextToken, before each page. */
  emptyListPages: z.enum(["none", "between"]),
  /** The most versions a secret can have, labelled or not. */
  versionQuota: z.int().check(z.gte(100), z.lte(10_000)),
  /** Requests a second, by group of operations. */
  quotas: z.enum(["off", "aws"]),
} as const;

type Schemas = typeof switchSchemas;

/** What is not published about AWS, or not confirmed, and can therefore be set. */
export type Switches = { readonly [Name in keyof Schemas]: z.infer<Schemas[Name]> };

export const switchDefaults: Switches = {
  retries: 3,
  retrySpacingSeconds: 60,
  rotationWindowSeconds: 3600,
  retryToken: "same",
  retryFrom: "createSecret",
  functionTimeoutSeconds: 60,
  invoke: "sync",
  windowMoment: "start",
  failedWindow: "next window",
  earlierPlan: "dropped",
  rulesRequired: false,
  clearPendingSeconds: 0,
  pendingAtFlip: "stays",
  oldToken: "ignore",
  tokenColons: "accepted",
  unlabelledVersions: "refused",
  emptyVersions: "listed",
  foreignLabelsAtFlip: "kept",
  foreignLabelDuringRotation: "tolerated",
  throwAfterFlip: "retried",
  pendingCreator: "checked",
  abortByFunction: "abandons",
  deleteDuringRotation: "stops",
  readLagSeconds: 0,
  listStaleSeconds: 0,
  emptyListPages: "none",
  versionQuota: 200,
  quotas: "off",
};

export type SwitchBoard = Board<Switches>;

export const createSwitches = (): SwitchBoard =>
  createBoard("Secrets Manager", switchSchemas, switchDefaults);
