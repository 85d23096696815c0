import type { AwsService } from "../aws-service.js";
import type { LambdaParts } from "../lambda.js";

/** CloudWatch Logs, as far as it is used here: rules write into groups, and history is read from them. */
export interface LogGroups extends AwsService {
  /** Writes one event, as a rule's target does; false when there is no such group. */
  write(groupArn: string, message: string): boolean;
}

export function createLogGroups(_parts: LambdaParts): LogGroups {
  return {
    name: "logs",
    write: () => false,
    handle: () => ({ status: 501 }),
    set: () => undefined,
    reset: () => undefined,
  };
}
