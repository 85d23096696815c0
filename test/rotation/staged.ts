import { type StepName, stepNames } from "../../services/rotation/event.js";
import type { FunctionOptions } from "../../services/rotation/handler.js";
import type { SeededSecret } from "../../services/sandbox/seed.js";
import type { Bench } from "./bench.js";

/** A rotation whose steps a test calls itself, as often and in whatever order it likes. */
export interface Staged {
  readonly token: string;
  run(step: StepName, changes?: Partial<FunctionOptions>, leftSeconds?: number): Promise<void>;
  /** createSecret, setSecret, testSecret, finishSecret. */
  runAll(): Promise<void>;
}

/**
 * Starts a rotation and makes AWS give up on it at once: the token, to which it resolves, is AWSPENDING on an empty version.
 * From then on AWS tries nothing again.
 */
export async function begin(
  { sandbox, aws }: Pick<Bench, "sandbox" | "aws">,
  SecretId: string,
): Promise<string> {
  sandbox.secretsManager.set("retries", 0);
  sandbox.faults.add({
    service: "secretsmanager",
    operation: "DescribeSecret",
    fault: { kind: "status", status: 400, body: { __type: "AccessDeniedException" } },
  });
  const { VersionId: token = "" } = await aws.rotateSecret({ SecretId });
  await sandbox.timeline.advance(0);
  return token;
}

/** Starts a rotation whose steps the test calls. */
export async function stage(bench: Bench, secret: SeededSecret): Promise<Staged> {
  const token = await begin(bench, secret.name);
  const { ARN } = await bench.aws.describeSecret({ SecretId: secret.name });
  const run: Staged["run"] = (step, changes, leftSeconds) =>
    bench.invoke(secret, { Step: step, SecretId: ARN, ClientRequestToken: token }, changes, leftSeconds);
  return {
    token,
    run,
    async runAll() {
      for (const step of stepNames) await run(step);
    },
  };
}
