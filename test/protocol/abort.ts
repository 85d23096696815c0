import { expect } from "vitest";
import { a, all, asks, deployKey, flips, makesKey, stores, type Trace, token } from "./trace.js";

/** Rotations that are ended from outside, while a step of theirs is under way. */
export const aborts: readonly Trace[] = [
  {
    row: "V11",
    title:
      "an abort between finishSecret's look and its move: the move fails, and so does a duplicate; the current key lives",
    kinds: all,
    play: async (scene) => {
      const opened = await scene.open();
      await scene.steps(opened, "createSecret", "setSecret", "testSecret").finish();
      const current = await scene.handle("AWSCURRENT");
      const made = await scene.handle("AWSPENDING");
      const first = scene.steps(opened, "finishSecret");
      await first.until(flips);
      expect(await scene.abort().finish()).toBe("done");
      expect(await scene.steps(opened, "finishSecret").finish()).toBe("token_not_staged");
      expect(await first.finish()).toBe("current_moved");
      expect(await scene.handle("AWSCURRENT")).toBe(current);
      expect(scene.isStanding(made)).toBe(false);
    },
  },
  {
    row: "V13",
    title:
      "an abort before a slow createSecret looks at the labels once more: it ends its own key, and stores nothing",
    kinds: [...a, token],
    play: async (scene) => {
      const opened = await scene.open();
      const slow = scene.steps(opened, "createSecret");
      await slow.until(makesKey(scene));
      await slow.until(asks("DescribeSecret"));
      expect(await scene.abort().finish()).toBe("done");
      expect(await slow.finish()).toBe("token_not_staged");
      expect(scene.pending()).toBeUndefined();
      expect(scene.standing()).toHaveLength(1);
    },
  },
  {
    row: "V13",
    title:
      "an abort and another rotation before a slow createSecret stores: AWSPENDING comes back to the abandoned token",
    kinds: [...a, token],
    // Limit 2, m = 1: until it is stored, nobody can know of the first one's key.
    most: (kind) => (kind === token ? 3 : 2),
    play: async (scene) => {
      const abandoned = await scene.open();
      const slow = scene.steps(abandoned, "createSecret");
      await slow.until(stores);
      expect(await scene.abort().finish()).toBe("done");
      const next = scene.steps(await scene.open());
      await next.until(stores);
      await slow.finish();
      expect(scene.pending()).toBe(abandoned);
      await next.finish();
    },
  },
  {
    row: "V17",
    title:
      "a pending key leaks while finishSecret is about to make it current: the abort keeps it from that, and it ends",
    kinds: all,
    play: async (scene) => {
      const opened = await scene.open();
      await scene.steps(opened, "createSecret", "setSecret", "testSecret").finish();
      const first = scene.steps(opened, "finishSecret");
      await first.until(flips);
      const leaked = await scene.leak("AWSPENDING");
      expect(await scene.abort().finish()).toBe("done");
      expect(await first.finish()).toBe("current_moved");
      expect(scene.isStanding(leaked)).toBe(false);
    },
  },
  {
    row: "V17",
    title:
      "a pending key leaks and becomes current while the abort is held before its write: the kept key is current again",
    kinds: all,
    play: async (scene) => {
      const opened = await scene.open();
      await scene.steps(opened, "createSecret", "setSecret", "testSecret").finish();
      const current = await scene.handle("AWSCURRENT");
      const finish = scene.steps(opened, "finishSecret");
      await finish.until(flips);
      const leaked = await scene.leak("AWSPENDING");
      const abort = scene.abort();
      await abort.until(stores);
      await finish.finish();
      expect(await scene.handle("AWSCURRENT")).toBe(leaked);
      expect(await abort.finish()).toBe("done");
      expect(await scene.handle("AWSCURRENT")).toBe(current);
      // Previous and marked: the next rotation does not wait for its overlap.
      await scene.rotate();
      expect(scene.isStanding(leaked)).toBe(false);
    },
  },
  {
    row: "V20",
    title:
      "a pending key leaks, and is registered when the abort has ended it: whoever registered it late undoes that",
    kinds: [deployKey],
    play: async (scene) => {
      const opened = await scene.open();
      const slow = scene.steps(opened, "createSecret", "setSecret");
      await slow.until(makesKey(scene));
      const leaked = await scene.leak("AWSPENDING");
      expect(await scene.abort().finish()).toBe("done");
      await slow.until(asks("DescribeSecret"));
      expect(scene.isLive(leaked)).toBe(true);
      expect(await slow.finish()).toBe("token_not_staged");
      expect(scene.isStanding(leaked)).toBe(false);
    },
  },
  {
    row: "V20",
    title:
      "and when the next rotation has registered its own key meanwhile, it is one more until then (limit 1, s = 1)",
    kinds: [deployKey],
    most: 3,
    play: async (scene) => {
      const slow = scene.steps(await scene.open(), "createSecret", "setSecret");
      await slow.until(makesKey(scene));
      expect(await scene.abort().finish()).toBe("done");
      expect(await scene.steps(await scene.open()).finish()).toBe("done");
      expect(await slow.finish()).toBe("token_not_staged");
      expect(scene.truth.live()).toHaveLength(2);
    },
  },
  {
    row: "V22",
    title:
      "a pending key is marked as leaked, and its marker dies: whichever step sees the mark ends the rotation for good",
    kinds: all,
    play: async (scene) => {
      const opened = await scene.open();
      await scene.steps(opened, "createSecret", "setSecret", "testSecret").finish();
      const leaked = await scene.leak("AWSPENDING");
      // As AWS calls it in another try: createSecret sees the staged key first; and it is not tried again.
      const step = scene.world.provider.origin === "minted" ? "createSecret" : "finishSecret";
      expect(await scene.steps(opened, step).finish()).toBe("rotation_aborted");
      expect(scene.pending()).toBeUndefined();
      await scene.rotate();
      expect(scene.isStanding(leaked)).toBe(false);
    },
  },
];
