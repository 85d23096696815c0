import { ProviderError } from "../../providers/kit/failure.js";
import type { Connection } from "../../providers/kit/plug.js";

/** Before each further try, when the vendor does not name a longer time itself. Seconds. */
const pauses = [1, 2, 3];

/**
 * The same connection, whose verbs are asked again when they failed with a retryable code. `make` is asked once: what
 * a vendor may have done must be found by its label, not done again.
 * @param wait waits, or says at once that the step has no time for it: then the failure stands.
 */
export function patient(connection: Connection, wait: (ms: number) => Promise<boolean>): Connection {
  const again =
    <Arguments extends unknown[], Result>(verb: (...args: Arguments) => Promise<Result>) =>
    async (...args: Arguments): Promise<Result> => {
      for (const pause of pauses) {
        try {
          return await verb(...args);
        } catch (error) {
          if (!(error instanceof ProviderError) || !error.retryable) throw error;
          if (!(await wait(Math.max(pause, error.retryAfterSeconds ?? 0) * 1000))) throw error;
        }
      }
      return verb(...args);
    };
  const { register, find } = connection;
  return {
    make: (request) => connection.make(request),
    proof: connection.proof,
    verify: again((key) => connection.verify(key)),
    retire: again((key) => connection.retire(key)),
    register: register && again((key, label) => register(key, label)),
    find: find && again(() => find()),
  };
}
