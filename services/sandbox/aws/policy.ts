import * as z from "zod/mini";
import { policyMalformed } from "./errors.js";

const oneOrMore = z.union([z.string(), z.array(z.string())]);
const scalar = z.union([z.string(), z.number(), z.boolean()]);
const principal = z.union([
  z.literal("*"),
  z.partialRecord(z.enum(["AWS", "Service", "Federated", "CanonicalUser"]), oneOrMore),
]);

const statement = z
  .strictObject({
    Sid: z.optional(z.string()),
    Effect: z.enum(["Allow", "Deny"]),
    Principal: z.optional(principal),
    NotPrincipal: z.optional(principal),
    Action: z.optional(oneOrMore),
    NotAction: z.optional(oneOrMore),
    Resource: z.optional(oneOrMore),
    NotResource: z.optional(oneOrMore),
    Condition: z.optional(z.record(z.string(), z.record(z.string(), z.union([scalar, z.array(scalar)])))),
  })
  .check(
    z.refine(({ Principal, NotPrincipal }) => (Principal === undefined) !== (NotPrincipal === undefined)),
    z.refine(({ Action, NotAction }) => (Action === undefined) !== (NotAction === undefined)),
    z.refine(({ Resource, NotResource }) => (Resource === undefined) !== (NotResource === undefined)),
  );

const policy = z.strictObject({
  Version: z.optional(z.enum(["2012-10-17", "2008-10-17"])),
  Id: z.optional(z.string()),
  Statement: z.union([statement, z.array(statement).check(z.minLength(1))]),
});

/**
 * A resource policy, as far as its grammar goes: JSON, the members there are, their types, and those that a statement
 * needs. What its actions, resources and principals name is not looked at, and nothing here ever acts by it.
 * @throws AwsError MalformedPolicyDocumentException
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
 */
export function checkPolicy(text: string): { readonly isPublic: boolean } {
  const result = policy.safeParse(jsonOf(text));
  if (!result.success) throw policyMalformed();
  return { isPublic: [result.data.Statement].flat().some(isBroad) };
}

/** Allows everyone, or everyone but some, without a condition. AWS reasons about conditions; here any is enough. */
function isBroad({ Effect, Principal, NotPrincipal, Condition }: z.infer<typeof statement>): boolean {
  if (Effect === "Deny" || Condition !== undefined) return false;
  if (NotPrincipal !== undefined || Principal === "*") return true;
  return Object.values(Principal ?? {})
    .flat()
    .includes("*");
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw policyMalformed();
  }
}
