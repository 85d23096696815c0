import { functionName } from "./function-name.js";

/** What the parts of an environment are called: by the stack that makes them, by commands that look for them, in the sandbox. */

/** The group that holds every schedule. */
export const groupOf = (environment: string) => `keyturn-${environment}`;

/** The bus that events go to. */
export const busOf = (environment: string) => `keyturn-${environment}`;

/** The log group that every event reaches as well. */
export const logGroupOf = (environment: string) => `/keyturn/${environment}/events`;

/** The queue for what the schedules of a provider's secrets could not deliver. */
export const deadLettersOf = (environment: string, providerId: string) =>
  `keyturn-${environment}-${functionName(providerId)}`;

/** The bus on which leaks are reported. */
export const leakBusOf = (environment: string) => `keyturn-${environment}-leaks`;

/** The queue of reports that could not be acted on yet. */
export const leakReportsOf = (environment: string) => `keyturn-${environment}-leak-reports`;

/** The bus on which a containment is handed to the function that does it. Only the intake may put events there. */
export const workBusOf = (environment: string) => `keyturn-${environment}-work`;

/** The role that schedules act with at the end of a pause. */
export const resumeRoleName = (environment: string, region: string) =>
  `keyturn-${environment}-resume-${region}`;
