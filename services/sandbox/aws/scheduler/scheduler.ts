import type { FakeResponse } from "../../../../providers/kit/fake.js";
import { type Agenda, createAgenda } from "../agenda.js";
import type { AwsService } from "../aws-service.js";
import { AwsError } from "../errors.js";
import type { Lambda, LambdaParts } from "../lambda.js";
import type { Answer } from "../operation.js";
import { callerOf } from "../protocol.js";
import type { Queues } from "../queues/queues.js";
import type { SecretsManager } from "../secrets-manager.js";
import type { Context, Planner } from "./operation.js";
import { operations } from "./operations.js";
import { createPlanner } from "./planner.js";
import { ScheduleStore } from "./records.js";
import { callOf } from "./request.js";
import { createSwitches, type SwitchBoard } from "./switches.js";
import type { Reach } from "./targets.js";

export interface SchedulerParts extends LambdaParts {
  readonly lambda: Lambda;
  readonly queues: Queues;
  /** Behind universal targets. */
  readonly secretsManager: Pick<SecretsManager, "handle">;
}

interface State {
  readonly agenda: Agenda;
  readonly switches: SwitchBoard;
  readonly store: ScheduleStore;
  readonly planner: Planner;
  readonly deletions: Set<string>;
}

/** EventBridge Scheduler in memory, on the sandbox's clock: REST API, expressions, deliveries. */
export function createScheduler(parts: SchedulerParts): AwsService {
  const { timeline, randomId } = parts;

  const run = (operation: string, input: unknown, region: string): Answer => {
    const known = operations.get(operation);
    if (!known) throw new AwsError("UnknownOperationException", `There is no operation ${operation}.`, 404);
    const context: Context = { ...state, region, now: timeline.now() };
    return known(input, context);
  };
  let state = emptyState(parts, run);

  return {
    name: "scheduler",
    handle(request): FakeResponse {
      const requestId = { "x-amzn-requestid": randomId() };
      let journalled: Pick<FakeResponse, "route" | "operation" | "credential"> = {
        route: request.path,
        operation: "unknown",
      };
      try {
        const { operation, route, input } = callOf(request);
        journalled = { route, operation };
        const { accessKeyId, region } = callerOf(request, "scheduler");
        journalled = { route, operation, credential: accessKeyId };
        return { status: 200, headers: requestId, body: run(operation, input, region), ...journalled };
      } catch (error) {
        if (!(error instanceof AwsError)) throw error;
        const headers = { ...requestId, "x-amzn-errortype": error.code };
        return { status: error.status, headers, body: { Message: error.message }, ...journalled };
      }
    },
    set: (name, value) => state.switches.set(name, value),
    reset: () => {
      state.agenda.drop();
      state = emptyState(parts, run);
    },
  };
}

function emptyState(parts: SchedulerParts, scheduler: Reach["scheduler"]): State {
  const { timeline, record, randomId, lambda, queues, secretsManager } = parts;
  const agenda = createAgenda(timeline);
  const switches = createSwitches();
  const store = new ScheduleStore(timeline.now);
  const reach: Reach = { lambda, secretsManager, randomId, scheduler };
  const planner = createPlanner({ timeline, record, agenda, switches, queues, store, reach });
  return { agenda, switches, store, planner, deletions: new Set() };
}
