import { type Abandoned, endAbandoned } from "../abandoned.js";
import { abortRotation } from "../abort.js";
import { secretRef } from "../event.js";
import { openRotation } from "../labels.js";
import type { JobOf } from "./job.js";
import type { JobParts } from "./parts.js";

export type AbortResult = { readonly action: "abort"; readonly secret: string } & (
  | { readonly outcome: "nothing_pending" }
  | {
      readonly outcome: "aborted";
      /** The rotation's token. */
      readonly rotation: string;
      /** The version that holds the kept current value now. */
      readonly copy: string;
      /** The key of AWSPREVIOUS that was ended, and until when it would have had its overlap. */
      readonly previous?: { readonly handle: string; readonly overlapUntil?: Date };
      /** The keys that the rotation had made. */
      readonly made: Abandoned;
      /** A flip slipped in, and the key of AWSCURRENT is dead or leaked. */
      readonly mustRotate: boolean;
    }
);

/**
 * Ends the open rotation of a secret for good, whoever runs it, with the previous key and the keys it had made. The current
 * value stays as it is. Nothing happens when no rotation is open.
 * @throws KeyturnError `value_missing`, `value_invalid`, `previous_alive`, `abort_unseen`; ProviderError
 */
export async function abort({ store, open }: JobParts, job: JobOf<"abort">): Promise<AbortResult> {
  const secret = secretRef(job.secretId);
  const told = { action: "abort", secret: secret.name } as const;
  const nothing = { ...told, outcome: "nothing_pending" } as const;
  const token = openRotation(await store.describe(secret.arn));
  if (!token) return nothing;
  const rotation = await open({ ...secret, token });
  const done = await abortRotation(rotation, "it was asked for");
  if (!done) return nothing;
  const made = await endAbandoned(rotation, done);
  const { copyId: copy, mustRotate, previous } = done;
  return {
    ...{ ...told, outcome: "aborted", rotation: token, copy, made, mustRotate },
    ...(previous ? { previous } : {}),
  };
}
