/**
 * What stands around a function in its environment. On Lambda it comes from the function's deployment; none of it is secret.
 * A function without surroundings rotates all the same: nothing ends the previous key but the next rotation, and nobody is told.
 */
export interface Surroundings {
  /** The environment's name, such as `live` or `test`: a dimension of metrics, a field of events. */
  readonly environment: string;
  /** The group of EventBridge Scheduler that holds every schedule of this environment. */
  readonly scheduleGroup: string;
  /** ARN of the role that its schedules act with. */
  readonly schedulerRole: string;
  /** ARN of the SQS queue for what a schedule could not deliver. */
  readonly deadLetters: string;
  /** Name of the EventBridge bus that events go to. */
  readonly bus: string;
  /** Name of the CloudWatch log group that every event reaches as well; history is read from it. */
  readonly logGroup: string;
}

/** Names of the environment variables that carry them on Lambda. */
export const surroundingsVariables: { readonly [Name in keyof Surroundings]: string } = {
  environment: "KEYTURN_ENVIRONMENT",
  scheduleGroup: "KEYTURN_SCHEDULE_GROUP",
  schedulerRole: "KEYTURN_SCHEDULER_ROLE",
  deadLetters: "KEYTURN_DEAD_LETTERS",
  bus: "KEYTURN_BUS",
  logGroup: "KEYTURN_LOG_GROUP",
};
