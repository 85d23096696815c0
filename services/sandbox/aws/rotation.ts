import { hash32 } from "../../../providers/kit/label.js";
import { invalidRequest } from "./errors.js";
import { type FunctionParts, Functions } from "./functions.js";
import type { Failure } from "./invocation.js";
import { current, pending, without } from "./labels.js";
import {
  foreignCreator,
  foreignLabels,
  isDeleted,
  isFlipped,
  mayGoOn,
  type Run,
  rotationSteps,
  stage,
} from "./run.js";
import type { SecretRecord } from "./secret-record.js";

export interface RotationParts extends FunctionParts {
  /** Called after a change that no request made. */
  readonly changed: () => void;
}

type Outcome = "started" | "succeeded" | "failed" | "abandoned";

/**
 * The rotations under way: at most one a secret, those of different secrets side by side. Each calls the secret's
 * function step by step; a failed step makes the whole process start again with the same token, until tries or
 * window are used up. Then AWSPENDING stays where it is.
 * @see https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_lambda.html
 */
export class Rotations {
  readonly functions: Functions;
  readonly #parts: RotationParts;
  readonly #runs = new Map<SecretRecord, Run>();
  /** Who makes the request that is being handled: one at a time. */
  #caller: string | undefined;

  constructor(parts: RotationParts) {
    this.#parts = parts;
    this.functions = new Functions(parts);
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
    const proven = run?.token === token && run.rotationToken === by.rotationToken;
    return proven || this.functions.isKeyOf(secret.rotation?.functionArn, by.accessKeyId);
  }

  /** Starts to run the steps; the version and its AWSPENDING are there already. Joins the timeline before it returns. */
  start(
    secret: SecretRecord,
    token: string,
    { dry = false, windowEnds }: { dry?: boolean; windowEnds?: Date } = {},
  ) {
    const { switches, timeline } = this.#parts;
    const earlier = this.#runs.get(secret);
    if (earlier) this.#end(earlier, "abandoned");
    this.#run({
      ...{ secret, token, dry, steps: dry ? ["testSecret"] : rotationSteps },
      windowEnds:
        windowEnds ?? new Date(timeline.now().getTime() + switches.now.rotationWindowSeconds * 1000),
      triesLeft: dry ? 0 : switches.now.retries,
    });
  }

  /** Takes up the rotation again that left AWSPENDING where it is. */
  reattempt(secret: SecretRecord, windowEnds?: Date): void {
    this.start(
      secret,
      this.#tokenFor(secret, secret.labels.get(pending) ?? ""),
      windowEnds && { windowEnds },
    );
  }

  /** A request begins: whoever makes it is whom `abandon` speaks of. */
  serving(accessKeyId: string): void {
    this.#caller = accessKeyId;
  }

  /** Another current value is about to be written. @throws AwsError when the function may not end its rotation so. */
  abandon(secret: SecretRecord): void {
    const run = this.#runs.get(secret);
    // After the flip the rotation has reached its end, whatever is written next.
    if (!run || isFlipped(run)) return;
    const { abortByFunction } = this.#parts.switches.now;
    const byFunction = this.functions.isKeyOf(secret.rotation?.functionArn, this.#caller);
    if (abortByFunction === "abandons" || !byFunction) this.#end(run, "abandoned");
    else if (abortByFunction === "retried") run.abortIgnored = true;
    else
      throw invalidRequest(
        "You can't write another current value while the rotation of this secret is under way.",
      );
  }

  /** Rotation was turned off: no further step is called. */
  cancel(secret: SecretRecord): void {
    const run = this.#runs.get(secret);
    if (run && !isFlipped(run)) this.#end(run, "abandoned");
  }

  /** A request was handled: what its labels mean for the rotations under way. */
  settle(): void {
    const { pendingAtFlip, foreignLabelDuringRotation } = this.#parts.switches.now;
    for (const run of this.#runs.values()) {
      if (isFlipped(run)) {
        if (pendingAtFlip === "leaves") this.#clearPending(run);
        continue;
      }
      const before = run.foreignLabels;
      run.foreignLabels = foreignLabels(run.secret.labels);
      if (before !== run.foreignLabels && foreignLabelDuringRotation === "fatal") {
        this.#end(run, "failed", "The secret's staging labels were changed during its rotation");
      }
    }
  }

  /** Nothing more comes of anything under way. What is waited for is the agenda's to drop. */
  drop(): void {
    this.#runs.clear();
    this.functions.drop();
  }

  #run(given: Pick<Run, "secret" | "token" | "dry" | "steps" | "windowEnds" | "triesLeft">): void {
    const run: Run = {
      ...given,
      rotationToken: hash32(48, this.#parts.randomId()),
      at: 0,
      foreignLabels: foreignLabels(given.secret.labels),
      abortIgnored: false,
      stop: () => undefined,
    };
    this.#runs.set(given.secret, run);
    this.#step(run, 0, () => this.#outcome(run, "started"));
  }

  #step(run: Run, index: number, announce: () => void = () => undefined): void {
    const step = run.steps[index];
    if (step === undefined) {
      this.#finished(run);
      return;
    }
    run.at = index;
    this.functions.call(run, step, announce, (failure) => {
      const { switches } = this.#parts;
      if (this.#runs.get(run.secret) !== run) return;
      const foreign = foreignCreator(run, switches.now);
      if (failure) this.#failed(run, failure);
      else if (foreign) this.#failed(run, undefined, foreign);
      else if (isDeleted(run, switches.now)) this.#end(run, "failed");
      else this.#step(run, index + 1);
    });
  }

  /** All steps returned. AWS now judges by the labels alone. */
  #finished(run: Run): void {
    const { labels } = run.secret;
    if (run.dry) {
      this.#clearPending(run);
      this.#end(run, "succeeded");
      return;
    }
    const holder = labels.get(pending);
    if (holder === undefined || holder === labels.get(current)) this.#succeeded(run);
    else this.#failed(run);
  }

  #succeeded(run: Run): void {
    const { agenda, switches, timeline, changed } = this.#parts;
    const { secret } = run;
    secret.rotatedAt = timeline.now();
    secret.changedAt = timeline.now();
    this.#end(run, "succeeded");
    agenda.after(switches.now.clearPendingSeconds, () => {
      // Rolled back in the meantime: AWSPENDING is "elsewhere" now, and so the rotation counts as unfinished again.
      if (isFlipped(run)) this.#clearPending(run);
      changed();
    });
  }

  #failed(run: Run, failure?: Failure, reason?: string): void {
    const { agenda, switches, timeline } = this.#parts;
    if (run.dry) {
      this.#clearPending(run);
      this.#end(run, "failed");
      return;
    }
    if (failure && isFlipped(run) && switches.now.throwAfterFlip === "succeeded") {
      this.#succeeded(run);
      return;
    }
    const due = new Date(timeline.now().getTime() + switches.now.retrySpacingSeconds * 1000);
    if (run.triesLeft === 0 || due > run.windowEnds || !mayGoOn(run, switches.now)) {
      this.#end(run, "failed", reason);
      return;
    }
    run.triesLeft--;
    run.stop = agenda.at(due, () => {
      run.stop = () => undefined;
      if (mayGoOn(run, switches.now)) this.#again(run);
      else this.#end(run, "failed", reason);
    });
  }

  #again(run: Run): void {
    const token = this.#tokenFor(run.secret, run.token);
    if (token === run.token) {
      this.#step(run, this.#parts.switches.now.retryFrom === "failed step" ? run.at : 0);
      return;
    }
    this.#end(run, "failed");
    this.#run({ ...run, token });
  }

  /** The token of another try: the one it had, or a fresh one, to whose empty version AWSPENDING moves. */
  #tokenFor(secret: SecretRecord, token: string): string {
    const { switches, randomId, timeline, changed } = this.#parts;
    if (switches.now.retryToken === "same" || secret.labels.get(current) === token) return token;
    const fresh = randomId();
    stage(secret, fresh, timeline.now());
    changed();
    return fresh;
  }

  #clearPending({ secret, token }: Run): void {
    if (secret.labels.get(pending) === token) secret.labels = without(secret.labels, pending);
  }

  #end(run: Run, outcome: Exclude<Outcome, "started">, reason?: string): void {
    run.stop();
    this.#runs.delete(run.secret);
    this.#outcome(run, outcome, reason);
    this.#parts.changed();
  }

  #outcome({ secret, token }: Run, outcome: Outcome, reason?: string): void {
    this.#parts.record({ kind: "rotation", secret: secret.name, token, outcome, ...(reason && { reason }) });
  }
}
