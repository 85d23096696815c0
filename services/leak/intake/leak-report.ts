import * as z from "zod/mini";
import { KeyturnError } from "../../errors.js";
import { problemsOf } from "../../problems.js";
import { secretArn } from "../../rotation/event.js";
import { reportSchema } from "../../rotation/leak/report.js";

/** `detail-type` of a report. */
export const leakReport = "Leak Report";

const { by, reason, source, versions } = reportSchema.shape;
const told = { v: z.literal(1), source: z.nonoptional(source), reason, by };

/** What a report says: see docs/leak-events.md. No value of a key has a place in it. */
const detailSchema = z.union([
  z.strictObject({
    ...told,
    /** Name or full ARN. */
    secret: z.union([secretArn, z.string().check(z.regex(/^[A-Za-z0-9/_+=.@!-]{1,512}$/))]),
    /** Id of the version that leaked. Without: current and previous. */
    version: z.optional(versions.def.element),
  }),
  z.strictObject({ ...told, fingerprint: z.string().check(z.regex(/^[0-9a-f]{32}$/)) }),
]);
const envelopeSchema = z.object({
  id: z.string().check(z.regex(/^[\w-]{1,64}$/)),
  "detail-type": z.literal(leakReport),
  time: z.iso.datetime(),
  detail: detailSchema,
});

export interface LeakReport {
  readonly detail: z.infer<typeof detailSchema>;
  /** When it was reported: the event's time, to the second, and never later than now. */
  readonly at: Date;
}

/**
 * A report as EventBridge delivers it.
 * @throws KeyturnError `leak_report_refused`
 */
export function parseLeakReport(event: unknown, now: Date): LeakReport {
  const result = envelopeSchema.safeParse(event);
  if (!result.success) throw refused(`an event "${leakReport}"`, problemsOf(result.error));
  const { time, detail } = result.data;
  return { detail, at: new Date(Math.min(Date.parse(time), now.getTime())) };
}

/** An event's id, where it has one that can be logged. */
export function idOf(event: unknown): string | undefined {
  return envelopeSchema.shape.id.safeParse(Object(event)["id"]).data;
}

export function refused(expected: string, found: string): KeyturnError {
  return new KeyturnError("leak_report_refused", {
    ...{ expected, found },
    next: "Nothing was marked. If a key has leaked, report it again, as docs/leak-events.md says, or use keyturn rotate-secret --leaked.",
  });
}
