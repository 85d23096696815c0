import * as z from "zod/mini";
import { KeyturnError } from "../../errors.js";
import { problemsOf } from "../../problems.js";
import { secretArn } from "../event.js";
import { progressSchema, reportSchema } from "../leak/report.js";

const v = z.literal(1);

const jobSchema = z.strictObject({
  keyturn: z.discriminatedUnion("action", [
    /** Every stuck rotation of this function's secrets, or of one, is ended and begun anew. */
    z.strictObject({ v, action: z.literal("recover"), secretId: z.optional(secretArn) }),
    /** The open rotation of a secret is ended for good. */
    z.strictObject({ v, action: z.literal("abort"), secretId: secretArn }),
    /** AWSCURRENT goes back to the previous version, while its key lives. */
    z.strictObject({ v, action: z.literal("rollback"), secretId: secretArn }),
    /** The previous key, whose overlap is over, is ended. */
    z.strictObject({
      ...{ v, action: z.literal("end-overlap"), secretId: secretArn },
      versionId: z.string().check(z.minLength(32), z.maxLength(64)),
      handle: z.string().check(z.minLength(1), z.maxLength(256)),
    }),
    /** Leaked keys are replaced and ended, until each is seen refused. `progress`: what is known of them; absent in a new report. */
    z.strictObject({
      ...{ v, action: z.literal("contain"), secretId: secretArn },
      ...{ report: reportSchema, progress: z.optional(progressSchema) },
    }),
  ]),
});

/** What a function does beside the steps of rotations, when Keyturn itself asks for it. */
export type Job = z.infer<typeof jobSchema>["keyturn"];
export type JobOf<Action extends Job["action"]> = Extract<Job, { action: Action }>;

/** Whether an event is ours and not AWS's: it says so by its one field `keyturn`. */
export function isJob(event: unknown): event is { keyturn: unknown } {
  return typeof event === "object" && event !== null && "keyturn" in event;
}

/** @throws KeyturnError `event_invalid` */
export function parseJob(event: unknown): Job {
  const result = jobSchema.safeParse(event);
  if (result.success) return result.data.keyturn;
  throw new KeyturnError("event_invalid", {
    expected: `a job of Keyturn: {"keyturn":{"v":1,"action":"recover"|"abort"|"rollback"|"end-overlap"|"contain","secretId":"<full ARN>"}}`,
    found: problemsOf(result.error),
    next: "Send it as docs/design.md shows it. Nothing was done.",
  });
}
