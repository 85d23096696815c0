import type { Invoke, JournalLine, Timeline } from "../parts.js";
import type { Agenda } from "./agenda.js";
import { type Failure, startInvocation } from "./invocation.js";
import type { Run } from "./run.js";
import type { SwitchBoard } from "./switches.js";

export interface FunctionParts {
  readonly timeline: Timeline;
  readonly agenda: Agenda;
  readonly switches: SwitchBoard;
  readonly record: (line: JournalLine) => void;
  readonly randomId: () => string;
}

/** After how many seconds Lambda invokes a function again that failed when it was invoked asynchronously. */
const lambdaTries = [60, 120];

/** The rotation functions, and the calls of them that are not over. */
export class Functions {
  readonly #parts: FunctionParts;
  readonly #registered = new Map<string, { readonly invoke: Invoke; readonly accessKeyId: string }>();
  readonly #calls = new Set<() => void>();

  constructor(parts: FunctionParts) {
    this.#parts = parts;
  }

  register(arn: string, invoke: Invoke, accessKeyId: string): void {
    this.#registered.set(arn, { invoke, accessKeyId });
  }

  has(arn: string): boolean {
    return this.#registered.has(arn);
  }

  /** Whether this is the access key that the function calls AWS with. */
  isKeyOf(arn: string | undefined, accessKeyId: string | undefined): boolean {
    return this.#registered.get(arn ?? "")?.accessKeyId === accessKeyId;
  }

  /**
   * Has one step done, and says how it ended. Invoked asynchronously, a function that failed is called again as
   * Lambda does it by itself: whatever became of the rotation, and whatever comes of these calls.
   */
  call(run: Run, step: string, began: () => void, ended: (failure: Failure | undefined) => void): void {
    this.#invoke(run, step, lambdaTries, began, ended);
  }

  /** Nothing more comes of any call, the journal's lines included. */
  drop(): void {
    for (const forget of this.#calls) forget();
    this.#calls.clear();
  }

  #invoke(
    run: Run,
    step: string,
    again: readonly number[],
    began: () => void,
    ended: (failure: Failure | undefined) => void,
  ): void {
    const { timeline, switches, record, randomId, agenda } = this.#parts;
    const { secret, token } = run;
    const functionArn = secret.rotation?.functionArn ?? "";
    const invoke = this.#registered.get(functionArn)?.invoke;
    const line = { kind: "invocation", secret: secret.name, token, step } as const;
    const forget = startInvocation({
      timeline,
      invoke: invoke ?? (() => Promise.reject(new Error(`No function ${functionArn} is registered.`))),
      event: {
        Step: step,
        SecretId: secret.arn,
        ClientRequestToken: token,
        RotationToken: run.rotationToken,
      },
      awsRequestId: randomId(),
      functionArn,
      timeoutSeconds: switches.now.functionTimeoutSeconds,
      began: () => {
        began();
        record({ ...line, phase: "start" });
      },
      ended: (failure) => {
        this.#calls.delete(forget);
        record({ ...line, phase: "end", ...(failure && { error: failure }) });
        const [seconds, ...later] = again;
        if (failure && seconds !== undefined && switches.now.invoke === "async") {
          agenda.after(seconds, () => this.#invoke(run, step, later, nothing, nothing));
        }
        ended(failure);
      },
    });
    this.#calls.add(forget);
  }
}

const nothing = () => undefined;
