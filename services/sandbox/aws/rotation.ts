import { hash32 } from "../../../providers/kit/label.js";
import type { Invoke, JournalLine, Timeline } from "../parts.js";
import type { Agenda } from "./agenda.js";
import { type Failure, startInvocation } from "./invocation.js";
import { current, pending, stagesOf, without } from "./labels.js";
import type { SecretRecord } from "./secret-record.js";
import type { SwitchBoard } from "./switches.js";

/** The order in which AWS calls a rotation function. */
export const rotationSteps = ["createSecret", "setSecret", "testSecret", "finishSecret"] as const;

interface Run {
  readonly secret: SecretRecord;
  readonly token: string;
  /** Proves in PutSecretValue that the caller acts for this rotation. */
  readonly rotationToken: string;
  /** A dry run calls testSecret alone, once, on a copy of the current value. */
  readonly dry: boolean;
  readonly steps: readonly string[];
  readonly windowEnds: Date;
  triesLeft: number;
  /** Stops what is under way or waited for. */
  stop: () => void;
}

export interface RotationParts {
  readonly timeline: Timeline;
  readonly agenda: Agenda;
  readonly switches: SwitchBoard;
  readonly record: (line: JournalLine) => void;
  readonly randomId: () => string;
}

/**
 * The rotations under way: at most one a secret, those of different secrets side by side. Each calls the secret's
 * function step by step; a failed step makes the whole process start again with the same token, until tries or
 * window are used up. Then AWSPENDING stays where it is.
 * @see https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_lambda.html
 */
export class Rotations {
  readonly #parts: RotationParts;
  readonly #functions = new Map<string, { readonly invoke: Invoke; readonly accessKeyId: string }>();
  readonly #runs = new Map<SecretRecord, Run>();
  /** Invocations not yet over, also those whose rotation was abandoned. */
  readonly #invocations = new Set<() => void>();

  constructor(parts: RotationParts) {
    this.#parts = parts;
  }

  registerFunction(arn: string, invoke: Invoke, accessKeyId: string): void {
    this.#functions.set(arn, { invoke, accessKeyId });
  }

  canInvoke(arn: string): boolean {
    return this.#functions.has(arn);
  }

  /** The token of the rotation that is being run, or waits for its next try. */
  tokenUnderWay(secret: SecretRecord): string | undefined {
    return this.#runs.get(secret)?.token;
  }

  /** Whether a write of this version speaks for the rotation under way: the function's own key does, and the RotationToken. */
  provesFunction(
    secret: SecretRecord,
    token: string,
    by: { accessKeyId: string; rotationToken?: string | undefined },
  ) {
    const run = this.#runs.get(secret);
    const own = this.#functions.get(secret.rotation?.functionArn ?? "")?.accessKeyId === by.accessKeyId;
    return own || (run?.token === token && run.rotationToken === by.rotationToken);
  }

  /** Starts to run the steps; the version and its AWSPENDING are there already. Joins the timeline before it returns. */
  start(secret: SecretRecord, token: string, mode: "rotation" | "dry run" = "rotation"): void {
    const { switches, timeline, randomId } = this.#parts;
    const dry = mode === "dry run";
    const earlier = this.#runs.get(secret);
    if (earlier) this.#end(earlier, "abandoned");
    const run: Run = {
      secret,
      token,
      rotationToken: hash32(48, randomId()),
      dry,
      steps: dry ? ["testSecret"] : rotationSteps,
      windowEnds: new Date(timeline.now().getTime() + switches.now.rotationWindowSeconds * 1000),
      triesLeft: dry ? 0 : switches.now.retries,
      stop: () => undefined,
    };
    this.#runs.set(secret, run);
    this.#step(run, 0, () => this.#outcome(run, "started"));
  }

  /** The current value was written by hand, or rotation was turned off: no further step is called. */
  abandon(secret: SecretRecord): void {
    const run = this.#runs.get(secret);
    // After the flip the rotation has reached its end, whatever is written next.
    if (!run || secret.labels.get(current) === run.token) return;
    this.#end(run, "abandoned");
  }

  /** Nothing more comes of any invocation, the journal's lines included. What is waited for is the agenda's to drop. */
  drop(): void {
    this.#runs.clear();
    for (const forget of this.#invocations) forget();
    this.#invocations.clear();
  }

  #step(run: Run, index: number, announce: () => void = () => undefined): void {
    const { timeline, switches, record, randomId } = this.#parts;
    const { secret, token } = run;
    const step = run.steps[index];
    const functionArn = secret.rotation?.functionArn ?? "";
    const invoke = this.#functions.get(functionArn)?.invoke;
    if (step === undefined) {
      this.#finished(run);
      return;
    }
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
      timeoutSeconds: switches.now.functionTimeoutSeconds,
      began: () => {
        announce();
        record({ ...line, phase: "start" });
      },
      ended: (failure) => {
        this.#invocations.delete(forget);
        record({ ...line, phase: "end", ...(failure && { error: failure }) });
        if (this.#runs.get(secret) !== run) return;
        if (failure) this.#failed(run, failure);
        else if (this.#isForeign(run)) this.#failed(run);
        else this.#step(run, index + 1);
      },
    });
    this.#invocations.add(forget);
  }

  /** AWS gives up on a rotation whose pending version somebody else filled. */
  #isForeign({ secret, token, dry }: Run): boolean {
    const version = secret.versions.get(token);
    const foreign = !dry && version?.value !== undefined && version.byFunction === false;
    return foreign && this.#parts.switches.now.pendingCreator === "checked";
  }

  /** All steps returned. AWS now judges by the labels alone. */
  #finished(run: Run): void {
    const { labels } = run.secret;
    if (run.dry) {
      this.#end(run, "succeeded");
      this.#clearPending(run);
      return;
    }
    const holder = labels.get(pending);
    if (holder === undefined || holder === labels.get(current)) this.#succeeded(run);
    else this.#failed(run);
  }

  #succeeded(run: Run): void {
    const { agenda, switches, timeline } = this.#parts;
    const { secret, token } = run;
    secret.rotatedAt = timeline.now();
    secret.changedAt = timeline.now();
    this.#end(run, "succeeded");
    agenda.after(switches.now.clearPendingSeconds, () => {
      // Rolled back in the meantime: AWSPENDING is "elsewhere" now, and so the rotation counts as unfinished again.
      if (secret.labels.get(current) === token) this.#clearPending(run);
    });
  }

  #failed(run: Run, failure?: Failure): void {
    const { agenda, switches, timeline } = this.#parts;
    const { secret, token } = run;
    if (run.dry) {
      this.#end(run, "failed");
      this.#clearPending(run);
      return;
    }
    const flipped = secret.labels.get(current) === token;
    if (failure && flipped && switches.now.throwAfterFlip === "succeeded") {
      this.#succeeded(run);
      return;
    }
    const due = new Date(timeline.now().getTime() + switches.now.retrySpacingSeconds * 1000);
    if (run.triesLeft === 0 || due > run.windowEnds || !canGoOn(run)) {
      this.#end(run, "failed");
      return;
    }
    run.triesLeft--;
    run.stop = agenda.at(due, () => {
      run.stop = () => undefined;
      if (canGoOn(run)) this.#step(run, 0);
      else this.#end(run, "failed");
    });
  }

  #clearPending({ secret, token }: Run): void {
    if (secret.labels.get(pending) === token) secret.labels = without(secret.labels, pending);
  }

  #end(run: Run, outcome: "succeeded" | "failed" | "abandoned"): void {
    run.stop();
    this.#runs.delete(run.secret);
    this.#outcome(run, outcome);
  }

  #outcome({ secret, token }: Run, outcome: "started" | "succeeded" | "failed" | "abandoned"): void {
    this.#parts.record({ kind: "rotation", secret: secret.name, token, outcome });
  }
}

/** A rotation whose version lost its labels, or whose secret is to be deleted, is not tried again. */
function canGoOn({ secret, token }: Run): boolean {
  if (secret.deletionDate) return false;
  const stages = stagesOf(secret.labels, token);
  return stages.includes(pending) || stages.includes(current);
}
