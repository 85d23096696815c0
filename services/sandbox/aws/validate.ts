import * as z from "zod/mini";
import { AwsError, invalid } from "./errors.js";

/** Shapes of request members, with the lengths, patterns and enums of AWS's own API model. */

/** A string of `min` to `max`, which `measure` counts. AWS counts characters where JavaScript counts UTF-16 units. */
function sized(measure: (text: string) => number, min: number, max: number) {
  return z.check<string>(({ value: input, issues }) => {
    const size = measure(input);
    const common = { origin: "string", inclusive: true, input } as const;
    if (size < min) issues.push({ code: "too_small", minimum: min, ...common });
    if (size > max) issues.push({ code: "too_big", maximum: max, ...common });
  });
}

const characters = (text: string) => [...text].length;

export const text = (min: number, max: number) => z.string().check(sized(characters, min, max));

const maxValueBytes = 65_536;

export const secretId = text(1, 2048);
export const versionId = text(32, 64);
export const stage = text(1, 256);
export const stages = z.array(stage).check(z.minLength(1), z.maxLength(20));
export const description = text(0, 2048);
export const kmsKeyId = text(0, 2048);
export const nextToken = text(1, 4096);
export const maxResults = (max: number) => z.int().check(z.gte(1), z.lte(max));
export const flag = z.optional(z.boolean());
/** The model counts characters, the quota bytes: the quota is the narrower of the two. */
export const secretString = z.string().check(sized(Buffer.byteLength, 1, maxValueBytes));
export const binary = z
  .base64()
  .check(sized((encoded) => Buffer.from(encoded, "base64").byteLength, 1, maxValueBytes));
export const tagKey = text(1, 128);
export const tags = z.array(z.strictObject({ Key: tagKey, Value: z.optional(text(0, 256)) }));
export const region = text(1, 128).check(z.regex(/^([a-z]+-)+\d+$/));
export const replicaRegions = z
  .array(z.strictObject({ Region: z.optional(region), KmsKeyId: z.optional(kmsKeyId) }))
  .check(z.minLength(1));
export const resourcePolicy = text(1, 20_480);

/**
 * The request's body, checked. Members that the service knows and the sandbox does not are refused by name; a
 * member that is null counts as absent.
 * @throws AwsError ValidationException (a constraint), SerializationException (a wrong type). Never repeats a value.
 */
export function parse<Schema extends z.ZodMiniType>(
  schema: Schema,
  body: unknown,
  service = "Secrets Manager",
): z.output<Schema> {
  const given = withoutNulls(body);
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  const problems = result.error.issues.map((issue) => ({ issue, problem: describe(issue, given, service) }));
  for (const { issue, problem } of problems) {
    if (isUnreadable(issue, given)) throw new AwsError("SerializationException", problem);
  }
  const count = `${problems.length} validation error${problems.length === 1 ? "" : "s"} detected`;
  throw invalid(`${count}: ${problems.map(({ problem }) => problem).join("; ")}`);
}

function isUnreadable(issue: z.core.$ZodIssue, body: unknown): boolean {
  const value = valueAt(body, issue.path);
  if (issue.code === "invalid_type") return value !== undefined;
  // The enums of the API are all of strings.
  if (issue.code === "invalid_value") return typeof value !== "string";
  return issue.code === "invalid_format" && issue.format === "base64";
}

function readAs(issue: z.core.$ZodIssue): string {
  if (issue.code === "invalid_type") return issue.expected;
  return issue.code === "invalid_value" ? "string" : "base64";
}

function describe(issue: z.core.$ZodIssue, body: unknown, service: string): string {
  const where = place(issue.path);
  const fails = (constraint: string) =>
    `Value at '${where}' failed to satisfy constraint: Member must ${constraint}`;
  const measure = (origin: string) =>
    origin === "string" || origin === "array" ? "have length" : "have value";
  if (isUnreadable(issue, body)) {
    return `Value at '${where}' cannot be read as ${readAs(issue)}`;
  }
  switch (issue.code) {
    case "invalid_type":
      return fails("not be null");
    case "too_small":
      return fails(`${measure(issue.origin)} greater than or equal to ${issue.minimum}`);
    case "too_big":
      return fails(`${measure(issue.origin)} less than or equal to ${issue.maximum}`);
    case "invalid_format":
      return fails(
        `satisfy ${issue.pattern ? `regular expression pattern: ${issue.pattern}` : issue.format}`,
      );
    case "invalid_value":
      return fails(`satisfy enum value set: [${issue.values.map(String).join(", ")}]`);
    case "unrecognized_keys":
      return `The sandbox's ${service} does not support ${issue.keys.join(", ")} at '${where}'`;
    default:
      return fails(issue.message);
  }
}

/** As AWS writes it: `tags.1.member.key` for the first tag's key. */
function place(path: readonly PropertyKey[]): string {
  const parts = path.map((part) =>
    typeof part === "number" ? `${part + 1}.member` : lowerFirst(String(part)),
  );
  return parts.join(".") || "the request";
}

function valueAt(body: unknown, path: readonly PropertyKey[]): unknown {
  let at: unknown = body;
  for (const part of path) {
    if (typeof at !== "object" || at === null) return undefined;
    at = Object.getOwnPropertyDescriptor(at, part)?.value;
  }
  return at;
}

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== "object" || value === null) return value;
  const members = Object.entries(value).filter(([, inner]) => inner !== null);
  return Object.fromEntries(members.map(([name, inner]) => [name, withoutNulls(inner)]));
}

const lowerFirst = (name: string) => name.charAt(0).toLowerCase() + name.slice(1);

const nameShape = /^[A-Za-z0-9\-/_+=.@!]+$/;

/** @throws AwsError ValidationException, with AWS's text. ARNs are left to the look-up. */
export function checkName(name: string): void {
  if (name.startsWith("arn:") || nameShape.test(name)) return;
  throw invalid(
    "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!",
  );
}
