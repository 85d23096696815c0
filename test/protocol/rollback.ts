import { expect } from "vitest";
import { claimLabel } from "../../services/rotation/claims.js";
import type { Scene } from "./scene.js";
import { all, endsKey, type Trace, untilWrite } from "./trace.js";

/**
 * What rollback will do (P14), by AWS's own calls: claim the previous version, look again, move AWSCURRENT, drop the claim.
 * `isFree`: what the second look has shown.
 */
async function claim(scene: Scene) {
  const versionId = scene.version("AWSPREVIOUS");
  const expiresAt = new Date(scene.world.sandbox.timeline.now().getTime() + 60_000);
  const label = claimLabel("rollback", versionId, expiresAt);
  await scene.label(label, versionId);
  const drop = () => scene.unlabel(label, versionId);
  const isClaimed = scene.labels().some((one) => one.startsWith("keyturn:claim:end:"));
  return {
    isFree: scene.version("AWSPENDING") === "none" && !isClaimed,
    move: async () => {
      await scene.makeCurrent(versionId);
      await drop();
    },
    drop,
  };
}

/** The key that is current after a rollback can be replaced. */
async function rotates(scene: Scene): Promise<void> {
  const before = await scene.handle("AWSCURRENT");
  // So long a key counts at Stripe that the job has ended.
  await scene.advance(300);
  await scene.rotate();
  expect(await scene.handle("AWSCURRENT")).not.toBe(before);
}

/** The rollback moves AWSCURRENT to a key that works, and what it came between goes on from there. */
async function comesBack(
  scene: Scene,
  previous: string,
  rollback: Pick<Awaited<ReturnType<typeof claim>>, "move">,
): Promise<void> {
  await rollback.move();
  expect(scene.isLive(previous)).toBe(true);
  await scene.recover();
  // Past the overlap of what recovery may have rotated already.
  await scene.advance(1200);
  await rotates(scene);
}

/** Everybody who ends the previous key, beside a rollback that wants it back. The command itself does not exist yet. */
export const rollbacks: readonly Trace[] = [
  {
    row: "V14",
    title:
      "a rollback while the job that ends the same key is held, before its claim and before it ends the key: one of the two stands back",
    kinds: all,
    play: async (scene, n) => {
      const previous = await scene.handle("AWSPREVIOUS");
      const job = scene.endOverlap(scene.version("AWSPREVIOUS"), previous);
      const isFirst = n === 1;
      expect(await untilWrite(job, n)).toBe(true);
      const rollback = await claim(scene);
      expect(rollback.isFree).toBe(isFirst);
      await (rollback.isFree ? rollback.move() : rollback.drop());
      expect(await job.finish()).toBe("done");
      expect(scene.isStanding(previous)).toBe(isFirst);
      await rotates(scene);
      return isFirst;
    },
  },
  {
    row: "V14",
    title: "the job fires between a rollback's second look and its move, and once more after it",
    kinds: all,
    play: async (scene) => {
      const previous = await scene.handle("AWSPREVIOUS");
      const versionId = scene.version("AWSPREVIOUS");
      const rollback = await claim(scene);
      expect(rollback.isFree).toBe(true);
      expect(await scene.endOverlap(versionId, previous).finish()).toBe("rollback_pending");
      await rollback.move();
      expect(await scene.handle("AWSCURRENT")).toBe(previous);
      expect(await scene.endOverlap(versionId, previous).finish()).toBe("done");
      expect(scene.isStanding(previous)).toBe(true);
      await rotates(scene);
    },
  },
  {
    row: "V15",
    title:
      "createSecret has read the previous version, and a rollback comes: it sees AWSPENDING and stands back",
    kinds: all,
    play: async (scene) => {
      const previous = await scene.handle("AWSPREVIOUS");
      const opened = await scene.open();
      const steps = scene.steps(opened);
      await steps.until(endsKey(scene));
      const rollback = await claim(scene);
      expect(rollback.isFree).toBe(false);
      await rollback.drop();
      expect(await steps.finish()).toBe("done");
      expect(scene.isStanding(previous)).toBe(false);
    },
  },
  {
    row: "V15",
    title:
      "a rotation begins after the rollback's second look: createSecret does not end the key that the claim is on",
    kinds: all,
    play: async (scene) => {
      const previous = await scene.handle("AWSPREVIOUS");
      const rollback = await claim(scene);
      expect(rollback.isFree).toBe(true);
      await scene.steps(await scene.open(), "createSecret").finish();
      await comesBack(scene, previous, rollback);
    },
  },
  {
    row: "V15",
    title:
      "a rotation begins after the rollback's second look, and is aborted: nor does the abort end that key",
    kinds: all,
    play: async (scene) => {
      const previous = await scene.handle("AWSPREVIOUS");
      const rollback = await claim(scene);
      await scene.open();
      await scene.abort().finish();
      await comesBack(scene, previous, rollback);
    },
  },
  {
    row: "V16",
    title:
      "AWSCURRENT goes back right after the flip: AWSPENDING, where AWS had not cleared it yet, promotes nothing again",
    kinds: all,
    under: [{ clearPendingSeconds: 0 }, { clearPendingSeconds: 600 }],
    play: async (scene) => {
      const kept = await scene.handle("AWSCURRENT");
      await scene.rotate();
      const undone = await scene.handle("AWSCURRENT");
      const isLate = scene.switches["clearPendingSeconds"] === 600;
      // Careless: P14 has a rollback wait until no AWSPENDING is left.
      await scene.makeCurrent(scene.version("AWSPREVIOUS"));
      expect(scene.pending() !== undefined).toBe(isLate);
      await scene.rotate();
      expect(await scene.handle("AWSCURRENT")).toBe(kept);
      expect(scene.pending() !== undefined).toBe(!isLate);
      expect(scene.isStanding(undone)).toBe(!isLate);
      await scene.recover();
      await scene.advance(600);
      await rotates(scene);
    },
  },
];
