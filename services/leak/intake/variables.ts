/** Where the intake stands, and the buses that it puts events on. */
export interface IntakeBuses {
  /** The environment's name. */
  readonly environment: string;
  /** Name of the bus that events go to. */
  readonly events: string;
  /** Name of the bus that jobs go over. */
  readonly work: string;
}

/** Names of the environment variables that carry them on Lambda. */
export const intakeVariables: { readonly [Name in keyof IntakeBuses]: string } = {
  environment: "KEYTURN_ENVIRONMENT",
  events: "KEYTURN_BUS",
  work: "KEYTURN_WORK_BUS",
};
