import { AsyncLocalStorage } from "node:async_hooks";
import type { SecretsManager } from "@aws-sdk/client-secrets-manager";
import { type Clock, clockBehind } from "../../services/clock.js";
import type { Fault } from "../../services/sandbox/faults.js";
import type { Sandbox } from "../../services/sandbox/sandbox.js";

/** One invocation of a function, as the wire sees it. */
export interface Runner {
  readonly name: string;
  /** The rotation's step, or what else the function was asked to do. */
  readonly step: string;
  readonly event: unknown;
  readonly clock: Clock;
  /** Milliseconds until Lambda ends it. */
  remaining(): number;
}

/** Services of AWS, as in a signature's scope. */
const awsNames = ["secretsmanager", "scheduler", "events"] as const;
type AwsName = (typeof awsNames)[number];

/** One request of an invocation: the only place where anything can happen to the world, or to the invocation. */
export interface Interaction {
  readonly runner: Runner;
  readonly service: AwsName | "github" | "stripe";
  /** The operation's name at AWS, the method and the path's shape at a vendor. */
  readonly operation: string;
  /** False for a request that only reads. */
  readonly changes: boolean;
}

/**
 * What becomes of a request. `refuse`, `throttle`, `500`: it never reached its service. `lose`: it did, and the answer was
 * lost. `time-out`: it never reached its service, and the caller has waited long enough. `die`: the process ends before
 * it is sent; `die after`: when it was done, before the answer came.
 */
export type Fate = "pass" | "refuse" | "lose" | "time-out" | "throttle" | "500" | "die" | "die after";

export interface Director {
  /** Called before each request is sent. It may do anything to the world meanwhile. */
  before(interaction: Interaction): Promise<Fate>;
  /** Called when it was done, before its answer is handed over. */
  after(interaction: Interaction): Promise<void>;
}

type AwsHandler = SecretsManager["config"]["requestHandler"];

const faults: Partial<Record<Fate, Fault>> = {
  refuse: { kind: "refuse" },
  lose: { kind: "lose" },
  throttle: { kind: "throttle" },
  "500": { kind: "status", status: 500 },
};

const never = <Answer>() => new Promise<Answer>(() => undefined);
/** What an invocation rejects with whose process was killed. */
export const killed = "the process was killed";

/**
 * Every request that a function sends passes here, wherever it goes, and is sent when the director lets it. A process that
 * died sends nothing any more, and what it waited for never comes: no `catch` and no `finally` of it runs. Faults are the sandbox's,
 * on the wire; only that a caller has waited long enough is told at once, instead of letting it wait.
 */
export class Wire {
  readonly #running = new AsyncLocalStorage<{ readonly runner: Runner; die(): void; dead: boolean }>();
  readonly #active = new Set<object>();
  readonly #fetch = globalThis.fetch;
  readonly #sandbox: Sandbox;
  readonly #session: RegExp;
  director: Director;

  /** @param session requests to a vendor that make no key, though they are no GET */
  constructor(sandbox: Sandbox, director: Director, session: RegExp) {
    this.#sandbox = sandbox;
    this.#session = session;
    this.director = director;
    globalThis.fetch = (input, init) => this.#exchangeAtVendor(input, init);
  }

  /** The network as it was, and every promise as cheap as before. */
  close(): void {
    globalThis.fetch = this.#fetch;
    this.#running.disable();
  }

  /** Whether this invocation can still do anything. */
  isActive(runner: object): boolean {
    return this.#active.has(runner);
  }

  /** The clock of the invocation that asks: a function outlives its invocations, as on Lambda. */
  readonly clock: Clock = clockBehind(() => this.#current().clock);

  #current(): Runner {
    const process = this.#running.getStore();
    if (!process) throw new Error("only an invocation has a clock");
    return process.runner;
  }

  /** Runs an invocation; rejects when its process is killed, and nothing of it runs then. */
  run(runner: Runner, invocation: () => Promise<unknown>): Promise<void> {
    this.#active.add(runner);
    const done = () => this.#active.delete(runner);
    return new Promise<void>((resolve, reject) => {
      const process = {
        runner,
        dead: false,
        die() {
          process.dead = true;
          reject(new Error(killed));
        },
      };
      this.#running.run(process, invocation).then(() => resolve(), reject);
    }).finally(done);
  }

  /** AWS's side of the wire. */
  throughWire(inner: AwsHandler): AwsHandler {
    return {
      handle: (request, options) => {
        const headers = new Map(
          Object.entries(request.headers).map(([name, text]) => [name.toLowerCase(), String(text)]),
        );
        const service = awsNames.find((name) =>
          headers.get("authorization")?.includes(`/${name}/aws4_request`),
        );
        if (!service) throw new Error("a request to a service of AWS that the function does not use");
        const target =
          headers.get("x-amz-target") ?? `x.${request.method} ${request.path.replace(/[^/]+$/, "{name}")}`;
        const operation = target.slice(target.indexOf(".") + 1);
        // What is told changes nothing that the invariants speak of.
        const changes = !/^(Describe|Get|List|BatchGet|GET|PutEvents)/.test(operation);
        const timedOut = () => Object.assign(new Error("no answer in time"), { name: "TimeoutError" });
        return this.#pass(service, operation, changes, () => inner.handle(request, options), timedOut);
      },
    };
  }

  #exchangeAtVendor(...[input, init]: Parameters<typeof fetch>): Promise<Response> {
    const url = new URL(input instanceof Request ? input.url : input);
    const { github, stripe } = this.#sandbox.urls;
    const service = url.origin === github ? "github" : url.origin === stripe ? "stripe" : undefined;
    if (!service) return this.#fetch(input, init);
    const method = input instanceof Request ? input.method : (init?.method ?? "GET");
    const shape = url.pathname.replaceAll(/\/[^/]*\d[^/]*(?=\/|$)/g, (part) =>
      /^\/v\d$/.test(part) ? part : "/{id}",
    );
    const timedOut = () => new DOMException("The operation was aborted due to timeout", "TimeoutError");
    return this.#pass(
      service,
      `${method} ${shape}`,
      method !== "GET" && !this.#session.test(shape),
      () => this.#fetch(input, init),
      timedOut,
    );
  }

  async #pass<Answer>(
    service: Interaction["service"],
    operation: string,
    changes: boolean,
    send: () => Promise<Answer>,
    timedOut: () => Error,
  ): Promise<Answer> {
    const process = this.#running.getStore();
    if (!process) return send();
    const isOver = () => process.dead || process.runner.remaining() <= 0;
    if (isOver()) return never();
    const interaction = { runner: process.runner, service, operation, changes };
    const fate = await this.#running.exit(() => this.director.before(interaction));
    if (fate === "die") process.die();
    if (isOver()) return never();
    if (fate === "time-out") throw timedOut();
    const fault = faults[fate];
    if (fault) this.#sandbox.faults.add({ service, fault });
    try {
      return await send();
    } finally {
      if (fate === "die after") process.die();
      await this.#running.exit(() => this.director.after(interaction));
      if (isOver()) await never();
    }
  }
}
