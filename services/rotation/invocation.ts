import type { CodedError } from "../../providers/kit/failure.js";
import type { Provider } from "../../providers/kit/plug.js";
import { type Declarations, parseDeclarations } from "../config/declare.js";
import { declaredSecret } from "../config/declared.js";
import { createEvents, type Events } from "../events/collector.js";
import type { Tell } from "../events/event.js";
import { createLogs, type Log, type LogFields } from "../log.js";
import { awsSchedules } from "../schedules/aws-schedules.js";
import type { Schedules } from "../schedules/schedules.js";
import { secretsManagerStore } from "../store/secrets-manager.js";
import type { Store } from "../store/store.js";
import type { RotationRef, SecretRef } from "./event.js";
import type { FunctionContext, FunctionOptions } from "./options.js";
import { Rotation } from "./rotation.js";
import { endOfOverlapBy } from "./scheduled-end.js";

/** What a function makes once, for all its invocations. */
export interface Tools {
  readonly provider: Provider;
  readonly options: FunctionOptions;
  readonly store: Store;
  /** Undefined without surroundings. */
  readonly schedules: Schedules | undefined;
  readonly events: ReturnType<typeof createEvents>;
  readonly logs: ReturnType<typeof createLogs>;
}

export function toolsOf(provider: Provider, options: FunctionOptions): Tools {
  const { aws, surroundings, requestTimeoutMs } = options;
  return {
    ...{ provider, options },
    store: secretsManagerStore(aws, requestTimeoutMs),
    schedules: surroundings && awsSchedules(aws, surroundings, requestTimeoutMs),
    events: createEvents(options),
    logs: createLogs(options.log, options.clock),
  };
}

/** The schedules of the environment, and the ARN by which they call this function. */
export interface Scheduled {
  readonly schedules: Schedules;
  readonly functionArn: string;
}

/** One invocation of a function. */
export class Invocation {
  /** The function's end, by the monotonic clock. Milliseconds. */
  readonly deadline: number;
  /** Undefined where there is nothing to arrange anything with. */
  readonly scheduled: Scheduled | undefined;
  readonly #tools: Tools;
  readonly #events: Events;
  #declarations: Declarations | undefined;

  constructor(tools: Tools, context: FunctionContext) {
    const { schedules, options, events } = tools;
    const { invokedFunctionArn: functionArn } = context;
    this.deadline = options.clock.monotonic() + context.getRemainingTimeInMillis();
    this.scheduled = schedules && functionArn !== undefined ? { schedules, functionArn } : undefined;
    this.#tools = tools;
    this.#events = events({ log: this.log(), deadline: this.deadline });
  }

  get store(): Store {
    return this.#tools.store;
  }

  /** Every line says whose function wrote it. */
  log(fields: LogFields = {}): Log {
    const { provider, options, logs } = this.#tools;
    const environment = options.surroundings?.environment;
    return logs({ provider: provider.id, ...fields, ...(environment && { environment }) });
  }

  /** @throws KeyturnError `declaration_invalid` */
  get declarations(): Declarations {
    this.#declarations ??= parseDeclarations(this.#tools.options.declarations);
    return this.#declarations;
  }

  /** What is told of a secret, declared or not. */
  about({ name: secret, arn }: SecretRef): Tell {
    return this.#events.about({ secret, arn, provider: this.#tools.provider.id });
  }

  /**
   * What works with one rotation of a declared secret.
   * @throws KeyturnError `secret_undeclared`, `provider_not_here`, `declaration_invalid`; ProviderError `config_invalid`
   */
  async open(request: RotationRef, log: Log): Promise<Rotation> {
    const { provider, options } = this.#tools;
    const secret = declaredSecret(this.declarations, request.name, provider);
    await provider.checkConfig(secret.config);
    const { store, deadline } = this;
    const { clock, requestTimeoutMs } = options;
    const endOfOverlap = endOfOverlapBy(this.scheduled, clock);
    const tell = this.about(request);
    return new Rotation({
      ...{ request, secret, provider, store, clock, log, tell, endOfOverlap, requestTimeoutMs, deadline },
    });
  }

  /** Runs the invocation's work, and sends what was told, however it ended. It throws what `failed` makes of an error. */
  async run<Result>(
    work: () => Promise<Result>,
    failed: (error: unknown) => CodedError<string>,
  ): Promise<Result> {
    try {
      return await work();
    } catch (error) {
      throw failed(error);
    } finally {
      await this.#events.flush();
    }
  }
}
