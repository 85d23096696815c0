import type { Clock } from "../../clock.js";
import type { Tell } from "../../events/event.js";
import type { Log } from "../../log.js";
import type { Store } from "../../store/store.js";
import type { RotationRef, SecretRef } from "../event.js";
import type { Scheduled } from "../invocation.js";
import type { Rotation } from "../rotation.js";

/** What the function lends a job. */
export interface JobParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  /** The function's end, by the monotonic clock. Milliseconds. */
  readonly deadline: number;
  /** Names of the secrets that are declared for this function's provider. */
  readonly declared: readonly string[];
  /** Undefined where nothing around the function calls it again. */
  readonly scheduled: Scheduled | undefined;
  /** What is told of a secret. */
  readonly about: (secret: SecretRef) => Tell;
  /**
   * What a rotation of this secret works with.
   * @throws KeyturnError `secret_undeclared`, `provider_not_here`, `declaration_invalid`; ProviderError `config_invalid`
   */
  readonly open: (rotation: RotationRef) => Promise<Rotation>;
}
