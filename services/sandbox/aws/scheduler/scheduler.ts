import type { AwsService } from "../aws-service.js";
import type { Lambda, LambdaParts } from "../lambda.js";
import type { Queues } from "../queues/queues.js";
import type { SecretsManager } from "../secrets-manager.js";

export interface SchedulerParts extends LambdaParts {
  readonly lambda: Lambda;
  readonly queues: Queues;
  /** Behind universal targets. */
  readonly secretsManager: Pick<SecretsManager, "handle">;
}

/** EventBridge Scheduler. */
export function createScheduler(_parts: SchedulerParts): AwsService {
  return {
    name: "scheduler",
    handle: () => ({ status: 501 }),
    set: () => undefined,
    reset: () => undefined,
  };
}
