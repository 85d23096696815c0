import * as z from "zod/mini";
import { invalid } from "../errors.js";
import { text } from "../validate.js";

/** Bytes, over all entries of a request. */
export const largestRequest = 1_048_576;
const longestDetailType = 128;

export const entriesShape = z
  .array(
    z.strictObject({
      Time: z.optional(z.number()),
      Source: z.optional(z.string()),
      DetailType: z.optional(z.string()),
      Detail: z.optional(z.string()),
      Resources: z.optional(z.array(text(0, 2048))),
      EventBusName: z.optional(text(1, 1600)),
      TraceHeader: z.optional(text(1, 500)),
    }),
  )
  .check(z.minLength(1), z.maxLength(10));

export type Entry = z.infer<typeof entriesShape>[number];

export interface EntryError {
  readonly ErrorCode: string;
  readonly ErrorMessage: string;
}

/**
 * @throws AwsError ValidationException when the entries are larger than a request may be
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html#eb-event-size
 */
export function checkSize(entries: readonly Entry[]): void {
  const sizes = entries.map(({ Time, Source, DetailType, Detail, Resources = [] }) => {
    const texts = [Source, DetailType, Detail, ...Resources].map((part) => Buffer.byteLength(part ?? ""));
    return texts.reduce((sum, size) => sum + size, Time === undefined ? 0 : 14);
  });
  if (sizes.reduce((sum, size) => sum + size, 0) > largestRequest) {
    throw invalid("Total size of the entries in the request is over the limit.");
  }
}

/** The entry's event, or what is wrong with it; that fails this entry alone. */
export function readEntry({ Source, DetailType, Detail, Resources = [] }: Entry) {
  if (!Source) return argument("Source", "Source is a required argument.");
  if (!DetailType) return argument("DetailType", "DetailType is a required argument.");
  if (!Detail) return argument("Detail", "Detail is a required argument.");
  if (DetailType.length > longestDetailType) {
    return argument("DetailType", `DetailType has more than ${longestDetailType} characters.`);
  }
  if (Source.startsWith("aws.")) {
    return error("NotAuthorizedForSourceException", "Not authorized for the source.");
  }
  const detail = objectIn(Detail);
  if (!detail) return error("MalformedDetail", "Detail is malformed.");
  return { event: { source: Source, "detail-type": DetailType, resources: Resources, detail } };
}

const error = (ErrorCode: string, ErrorMessage: string): { error: EntryError } => ({
  error: { ErrorCode, ErrorMessage },
});

const argument = (name: string, reason: string) =>
  error("InvalidArgument", `Parameter ${name} is not valid. Reason: ${reason}`);

function objectIn(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
