import * as z from "zod/mini";
import { KeyturnError } from "../errors.js";
import { problemsOf } from "../problems.js";

export const stepNames = ["createSecret", "setSecret", "testSecret", "finishSecret"] as const;
export type StepName = (typeof stepNames)[number];

/** A secret by its full ARN, and the ARN's parts. */
export interface SecretRef {
  readonly arn: string;
  readonly account: string;
  readonly region: string;
  readonly name: string;
}

/** One version of a secret, and the rotation it was made by. */
export interface RotationRef extends SecretRef {
  /** = version id of the pending version; the same for all steps and retries of one rotation. */
  readonly token: string;
  /** Proves to AWS that PutSecretValue comes from this rotation. Sensitive. */
  readonly rotationToken?: string;
}

/** One step of one rotation, as Secrets Manager asks for it. */
export interface StepRequest extends RotationRef {
  readonly step: StepName;
}

// The ARN ends in a hyphen and six characters that AWS adds to the name.
const arnShape =
  /^arn:aws[a-z-]*:secretsmanager:([a-z0-9-]+):(\d{12}):secret:([A-Za-z0-9/_+=.@!-]{1,512})-[A-Za-z0-9]{6}$/;

/** For the edge: a secret's full ARN. */
export const secretArn = z.string().check(z.regex(arnShape, { error: "expected the full ARN of a secret" }));

/** The parts of an ARN that `secretArn` lets through. */
export function secretRef(arn: string): SecretRef {
  const [, region = "", account = "", name = ""] = arnShape.exec(arn) ?? [];
  return { arn, account, region, name };
}

const eventSchema = z.object({
  Step: z.string(),
  SecretId: secretArn,
  ClientRequestToken: z
    .string()
    .check(z.regex(/^[\x21-\x7e]{32,64}$/, { error: "expected 32 to 64 characters" })),
  RotationToken: z.optional(z.string().check(z.minLength(36), z.maxLength(256))),
});

/**
 * The step that an event asks for.
 * @throws KeyturnError `event_invalid`, `step_unknown`
 * @see https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_lambda-functions.html
 */
export function parseEvent(event: unknown): StepRequest {
  const result = eventSchema.safeParse(event);
  if (!result.success) {
    throw new KeyturnError("event_invalid", {
      expected: "a rotation event of Secrets Manager: Step, SecretId, ClientRequestToken",
      found: problemsOf(result.error),
      next: "Let Secrets Manager call this function (aws secretsmanager rotate-secret); do not invoke it by hand.",
    });
  }
  const { Step, SecretId, ClientRequestToken, RotationToken } = result.data;
  const step = stepNames.find((name) => name === Step);
  if (!step) {
    throw new KeyturnError("step_unknown", {
      expected: `one of the steps ${stepNames.join(", ")}`,
      found: /^\w{1,32}$/.test(Step) ? Step : "another one",
      next: "Let Secrets Manager call this function; report this if it did.",
    });
  }
  return {
    ...{ step, ...secretRef(SecretId), token: ClientRequestToken },
    ...(RotationToken ? { rotationToken: RotationToken } : {}),
  };
}
