import { CodedError } from "../../providers/kit/failure.js";
import { type Declarations, environmentOf } from "../config/declare.js";
import { secretRef } from "../rotation/event.js";
import { groupOf, routineName, secretIdOf } from "../schedules/names.js";
import type { SecretView } from "../store/store.js";
import type { Surroundings } from "../surroundings.js";
import { schedulesOf } from "./schedule-place.js";

/** The log group that every event of an environment reaches. */
export const logGroupOf = (environment: string) => `/keyturn/${environment}/events`;

/**
 * What stands around a secret's function, and that function, as its schedule and its own rule show them: a job that runs here then
 * arranges and tells what it would there. Undefined where nothing is deployed, or may be looked at.
 */
export async function deployedAround(
  declarations: Declarations,
  { arn, native }: SecretView,
): Promise<{ readonly surroundings: Surroundings; readonly functionArn: string } | undefined> {
  const environment = environmentOf(declarations);
  const name = groupOf(environment);
  const routine = await schedulesOf(declarations)
    .get(routineName(secretIdOf(secretRef(arn))))
    .catch((error) => {
      if (error instanceof CodedError) return undefined;
      throw error;
    });
  const { role: schedulerRole, deadLetters } = routine?.target ?? {};
  if (!native || schedulerRole === undefined || deadLetters === undefined) return undefined;
  const logGroup = logGroupOf(environment);
  return {
    surroundings: { environment, scheduleGroup: name, schedulerRole, deadLetters, bus: name, logGroup },
    functionArn: native.functionArn,
  };
}
