import * as z from "zod/mini";
import { AwsError, invalid } from "./errors.js";

/** Shapes of request members, with the lengths of AWS's own API model. */

export const text = (min: number, max: number) => z.string().check(z.minLength(min), z.maxLength(max));

export const secretId = text(1, 2048);
export const versionId = text(32, 64);
export const stage = text(1, 256);
export const maxResults = z.int().check(z.gte(1), z.lte(100));
export const nextToken = text(1, 4096);
export const binary = z.base64().check(z.minLength(1), z.maxLength(87_384));
export const secretString = text(1, 65_536);
export const tags = z.array(z.strictObject({ Key: text(1, 128), Value: z.optional(text(0, 256)) }));

/**
 * The request's body, checked. Members that Secrets Manager knows and the sandbox does not are refused by name.
 * @throws AwsError ValidationException (a constraint), SerializationException (a wrong type). Never repeats a value.
 */
export function parse<Schema extends z.ZodMiniType>(schema: Schema, body: unknown): z.output<Schema> {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  const problems = result.error.issues.map((issue) => ({ issue, problem: describe(issue, body) }));
  for (const { issue, problem } of problems) {
    if (issue.code === "invalid_type" && valueAt(body, issue.path) !== undefined) {
      throw new AwsError("SerializationException", problem);
    }
  }
  const count = `${problems.length} validation error${problems.length === 1 ? "" : "s"} detected`;
  throw invalid(`${count}: ${problems.map(({ problem }) => problem).join("; ")}`);
}

function describe(issue: z.core.$ZodIssue, body: unknown): string {
  const where = issue.path.map((part) => lowerFirst(String(part))).join(".") || "the request";
  const fails = (constraint: string) =>
    `Value at '${where}' failed to satisfy constraint: Member must ${constraint}`;
  const measure = (origin: string) =>
    origin === "string" || origin === "array" ? "have length" : "have value";
  switch (issue.code) {
    case "invalid_type":
      return valueAt(body, issue.path) === undefined
        ? fails("not be null")
        : `Value at '${where}' cannot be read as ${issue.expected}`;
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
      return `The sandbox's Secrets Manager does not support ${issue.keys.join(", ")} at '${where}'`;
    default:
      return fails(issue.message);
  }
}

function valueAt(body: unknown, path: readonly PropertyKey[]): unknown {
  let at: unknown = body;
  for (const part of path) {
    if (typeof at !== "object" || at === null) return undefined;
    at = Object.getOwnPropertyDescriptor(at, part)?.value;
  }
  return at;
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
