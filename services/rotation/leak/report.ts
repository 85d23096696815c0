import * as z from "zod/mini";

const versionId = z.string().check(z.minLength(32), z.maxLength(64), z.regex(/^[!-~]+$/));
const time = z.iso.datetime();
/** What people write: no control characters, so that a log line or a console stays what it is. */
const words = (most: number) => z.string().check(z.minLength(1), z.maxLength(most), z.regex(/^[^\p{Cc}]*$/u));

/** A leak as it was reported. It travels in the job that contains it, so that whoever goes on knows it. Never a value. */
export const reportSchema = z.strictObject({
  /** The versions whose keys leaked, fixed at the moment of the report: labels move on. */
  versions: z.array(versionId).check(z.minLength(1), z.maxLength(8)),
  at: time,
  /** Who reported it: an ARN, a name. */
  by: z.optional(words(256)),
  /** What found it: `cli`, `github secret scanning`. */
  source: z.optional(words(64)),
  reason: z.optional(words(256)),
  /** The key is ended before there is another one: AWSCURRENT is dead meanwhile. */
  killFirst: z.optional(z.boolean()),
  /** Kill first, though the previous key lives and a rollback would spare the outage. */
  evenSo: z.optional(z.boolean()),
});
export type Report = z.infer<typeof reportSchema>;

/** What is known of one leaked key. Times are of our own seeing, ISO 8601. */
export const progressSchema = z.record(
  versionId,
  z.strictObject({
    handle: z.optional(z.string().check(z.minLength(1), z.maxLength(256))),
    /** AWSCURRENT held it when it was reported, or later. */
    wasCurrent: z.optional(z.boolean()),
    /** AWSCURRENT was first seen to hold another key. */
    replacedAt: z.optional(time),
    /** It was ended at its vendor no later than this. */
    killedAt: z.optional(time),
    /** The vendor was first seen to refuse it. */
    refusedAt: z.optional(time),
    /** `Leak Contained` was told of it. */
    toldAt: z.optional(time),
    /** `Leak Not Contained` was last told of it. */
    alarmedAt: z.optional(time),
  }),
);
export type Progress = z.infer<typeof progressSchema>;
export type KeyProgress = Progress[string];
