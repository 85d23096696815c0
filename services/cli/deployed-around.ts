import { CodedError } from "../../providers/kit/failure.js";
import { type Declarations, environmentOf } from "../config/declare.js";
import { busOf, groupOf, logGroupOf } from "../environment-names.js";
import { secretRef } from "../rotation/event.js";
import { routineName, secretIdOf } from "../schedules/names.js";
import type { SecretView } from "../store/store.js";
import type { Surroundings } from "../surroundings.js";
import { schedulesOf } from "./schedule-place.js";

/**
 * What stands around a secret's function, and that function, as its schedule and its own rule show them: a job that runs here then
 * arranges and tells what it would there. Undefined where nothing is deployed, or may be looked at.
 */
export async function deployedAround(
  declarations: Declarations,
  { arn, native }: SecretView,
): Promise<{ readonly surroundings: Surroundings; readonly functionArn: string } | undefined> {
  const environment = environmentOf(declarations);
  const routine = await schedulesOf(declarations)
    .get(routineName(secretIdOf(secretRef(arn))))
    .catch((error) => {
      if (error instanceof CodedError) return undefined;
      throw error;
    });
  const { role: schedulerRole, deadLetters } = routine?.target ?? {};
  if (!native || schedulerRole === undefined || deadLetters === undefined) return undefined;
  return {
    surroundings: {
      ...{ environment, scheduleGroup: groupOf(environment), schedulerRole, deadLetters },
      ...{ bus: busOf(environment), logGroup: logGroupOf(environment) },
    },
    functionArn: native.functionArn,
  };
}
