import { randomUUID } from "node:crypto";
import { PutSecretValueCommand } from "@aws-sdk/client-secrets-manager";
import type { Clock } from "../../services/clock.js";
import type { Way } from "./flow.js";
import { beginStandIn, type Run, runFunction, type StandIn, secret } from "./stand-in.js";
import { intervalSeconds } from "./tolls.js";
import { mint } from "./vendor-of.js";

/**
 * A rotator with two slots, as secret managers that offer "dual" credentials have: each rotation ends the key in the slot that is not in
 * use, puts a new one there, and switches over. The key that was in use stays good in its slot for an interval. After a leak there is
 * "rotate now"; the leaked key goes with the next rotation. One function does it in one run, without AWS's four steps.
 */
export const twoSlots: Way = {
  names: ["two slots"],
  isRenewed: true,
  async setUp(world) {
    const { timeline } = world.sandbox;
    const standIn = await beginStandIn(world);
    const unasked = timeline.join();
    await rotate(standIn, unasked.clock);
    unasked.leave();
    return {
      secret,
      async respond({ clock }) {
        await rotate(standIn, clock);
        timeline.at(new Date(clock.now().getTime() + intervalSeconds * 1000), async () => {
          const next = timeline.join();
          try {
            await rotate(standIn, next.clock);
          } finally {
            next.leave();
          }
        });
        return undefined;
      },
    };
  },
};

function rotate(standIn: StandIn, clock: Clock): Promise<void> {
  return runFunction(standIn, { as: "rotation", token: randomUUID() }, clock, switchOver);
}

async function switchOver(run: Run): Promise<void> {
  const other = await run.read({ VersionStage: "AWSPREVIOUS" });
  const vendor = await run.vendor();
  if (other) await vendor.retire(other);
  const key = await mint(vendor, run.clock, randomUUID());
  if ((await vendor.verify(key)) !== "accepted") throw new Error("the new key does not work");
  // A new current value: the one before becomes AWSPREVIOUS, the other slot.
  await run.aws.send(new PutSecretValueCommand({ SecretId: secret, SecretString: run.text(key) }));
}
