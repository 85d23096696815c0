import { CodedError } from "../../providers/kit/failure.js";
import { sameKey } from "../store/value.js";
import { type Abort, endIfOurs } from "./abort.js";
import { holder, standing } from "./labels.js";
import { previousValue } from "./previous.js";
import { retire, type StoredKey } from "./retire.js";
import type { Rotation } from "./rotation.js";
import { handlesOf, isOf, judgeStray } from "./strays.js";

/** Handles of the keys that an abandoned rotation had made, by what became of them. */
export interface Abandoned {
  readonly ended: string[];
  /** Not seen refused: still accepted when it was last asked for, or the vendor could not be asked. */
  readonly dying: string[];
  /** So young that their maker may still be at work, or the vendor could not end them: the next rotation's sweep does. */
  readonly left: string[];
}

/**
 * Ends the keys of a rotation that was aborted (P10): the staged one by its value, read before its version lost its label; what
 * else the vendor lists with exactly this rotation's label, with the sweep's fences (P4). Never a key that AWSCURRENT or
 * AWSPREVIOUS holds, so neither a dry run's copy nor what a flip made current (P2). The abort stands, whatever the vendor
 * answers now: what may pass is logged.
 */
export async function endAbandoned(rotation: Rotation, { staged, after }: Abort): Promise<Abandoned> {
  const made: Abandoned = { ended: [], dying: [], left: [] };
  if (standing(after, rotation.token) !== "abandoned") return made;
  // The order matters: what the vendor lists first, then what the versions hold (P4).
  const listed = (await unlessItMayPass(rotation, () => rotation.found())) ?? [];
  const current = await rotation.value(holder(after, "AWSCURRENT"));
  const previous = await previousValue(rotation, after);
  if (staged?.kind === "key" && !sameKey(staged, current) && !sameKey(staged, previous)) {
    const end = await unlessItMayPass(rotation, () => endStaged(rotation, staged));
    if (end !== "not ours") made[end ?? "dying"].push(staged.key.handle);
  }
  const apart = handlesOf(current, previous, staged);
  const own = rotation.label(0).rotation;
  for (const found of listed) {
    if (!isOf(own, found) || apart.has(found.handle)) continue;
    const verdict = judgeStray(found, own, rotation.parts.clock.now());
    if (verdict === "leave") continue;
    const isEnded =
      verdict === "retire" &&
      (await unlessItMayPass(rotation, async () => {
        await rotation.look();
        await retire(rotation, { as: "orphan", found });
        return true;
      }));
    made[isEnded ? "ended" : "left"].push(found.handle);
  }
  return made;
}

/** Seen refused as well: nobody can ask for it later, its value is gone with this process. */
async function endStaged(rotation: Rotation, staged: StoredKey): Promise<"ended" | "not ours"> {
  return (await endIfOurs(rotation, staged)) ? "ended" : "not ours";
}

async function unlessItMayPass<Result>(
  { parts: { log } }: Rotation,
  act: () => Promise<Result>,
): Promise<Result | undefined> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof CodedError) || !error.retryable) throw error;
    log.error("key_left_to_sweep", { code: error.code, message: error.message });
    return undefined;
  }
}
