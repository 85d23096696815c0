import { expect } from "vitest";
import type { Scene } from "./scene.js";
import { a, asks, deployKey, endsKey, makesKey, restricted, stores, type Trace, token } from "./trace.js";

/** One createSecret at a time, and what a death, a lost answer or a second runner leaves. */
export const creation: readonly Trace[] = [
  {
    row: "V1",
    title:
      "the vendor says yes and accepts the old key for another 30 s: no key is made before it is seen refused",
    // Stripe's record of an endpoint is immediate.
    kinds: [restricted, token, deployKey],
    play: async (scene) => {
      scene.dieIn(30);
      const first = scene.steps(await scene.open());
      expect(await first.until(makesKey(scene))).toBeUndefined();
      expect(await first.finish()).toBe("previous_alive");
      await scene.rotate();
      scene.dieIn(0);
    },
  },
  {
    row: "V2",
    title:
      "two deaths: a key is lost, its sweeper dies while it is dying; it counts, though nothing holds it",
    kinds: a,
    play: async (scene) => {
      const opened = await scene.open();
      const maker = scene.steps(opened, "createSecret");
      await maker.until(makesKey(scene));
      await maker.finish("die after");
      const [lost = "none"] = scene.truth.live().filter(isNoneOf(await held(scene)));
      await scene.advance(61);
      if (scene.world.provider.id === restricted) scene.dieIn(200);
      const sweeper = scene.steps(opened, "createSecret");
      await sweeper.until(endsKey(scene));
      expect(scene.isLive(lost)).toBe(scene.world.provider.id === restricted);
      await sweeper.finish("die after");
      const third = scene.steps(opened, "createSecret");
      if (scene.world.provider.id === restricted) {
        expect(await third.until(makesKey(scene))).toBeUndefined();
        expect(await third.finish()).toBe("too_many_alive");
        expect(scene.isLive(lost)).toBe(true);
        scene.dieIn(9);
        await scene.advance(301);
      } else await third.finish();
      await scene.steps(opened).finish();
      expect(scene.version("AWSCURRENT")).toBe(opened);
    },
  },
  {
    row: "V3",
    title: "the key is stored and every answer is lost: it is read back and kept, not compensated",
    kinds: [...a, token],
    play: async (scene) => {
      const opened = await scene.open();
      scene.spoil(stores, "lose");
      expect(await scene.steps(opened).finish()).toBe("done");
      expect(scene.version("AWSCURRENT")).toBe(opened);
    },
  },
  {
    row: "V3",
    title: "the staged key is dying or dead: it is not promoted, and another try ends the rotation for good",
    kinds: [...a, token],
    play: async (scene) => {
      const opened = await scene.open();
      await scene.steps(opened, "createSecret").finish();
      // Stripe tells of a key that dies; of a token nothing tells until it is dead.
      if (scene.world.provider.id === restricted) scene.dieIn(250);
      const doomed = await scene.handle("AWSPENDING");
      await scene.kill("AWSPENDING");
      expect(scene.isLive(doomed)).toBe(scene.world.provider.id === restricted);
      for (const step of ["testSecret", "finishSecret"] as const)
        expect(await scene.steps(opened, step).finish(), step).toBe("key_rejected");
      scene.dieIn();
      expect(await scene.steps(opened).finish()).toBe("rotation_aborted");
      expect(scene.pending()).toBeUndefined();
    },
  },
  {
    row: "V4",
    title: "a duplicate lists the key that the first is about to store: it is no orphan yet",
    kinds: a,
    play: async (scene) => {
      const opened = await scene.open();
      const first = scene.steps(opened);
      await first.until(stores);
      const second = scene.steps(opened, "createSecret");
      expect(await second.until(endsKey(scene))).toBeUndefined();
      expect(await second.finish()).toBe("mint_in_flight");
      expect(await first.finish()).toBe("done");
      expect(scene.version("AWSCURRENT")).toBe(opened);
    },
  },
  {
    row: "V5",
    title:
      "a duplicate is held, before the vendor's list and after it, while the first stores and registers its key: that key lives",
    kinds: [deployKey],
    play: async (scene, n) => {
      const opened = await scene.open();
      const second = scene.steps(opened, "createSecret");
      // It asks GitHub for the right to list; later it ends the previous key.
      const held = n === 1 ? /access_tokens$/ : /^DELETE/;
      expect(await second.until(({ operation }) => held.test(operation))).toBeDefined();
      await scene.steps(opened, "createSecret", "setSecret").finish();
      const made = await scene.handle("AWSPENDING");
      expect(await second.finish()).toBe(n === 1 ? "mint_in_flight" : "too_many_alive");
      expect(scene.isLive(made)).toBe(true);
      expect(await scene.steps(opened, "testSecret", "finishSecret").finish()).toBe("done");
      return n === 1;
    },
  },
  {
    row: "V9",
    title:
      "a key is lost with its maker and swept: the next mint is another one at the vendor, not a replay of the dead key",
    kinds: a,
    play: async (scene) => {
      const opened = await scene.open();
      const maker = scene.steps(opened, "createSecret");
      await maker.until(makesKey(scene));
      await maker.finish("die after");
      await scene.advance(61);
      const sweeper = scene.steps(opened, "createSecret");
      if (scene.world.provider.id === restricted) {
        expect(await sweeper.finish()).toBe("too_many_alive");
        await scene.advance(300);
      } else expect(await sweeper.finish()).toBe("done");
      expect(await scene.steps(opened).finish()).toBe("done");
      expect(scene.version("AWSCURRENT")).toBe(opened);
    },
  },
  {
    row: "V10",
    title:
      "two runners find nothing and both mint: the vendor makes one key, where it has a mutex; else the loser ends its own",
    kinds: [...a, token],
    most: (kind) => (kind === token ? 3 : 2),
    play: async (scene) => {
      const opened = await scene.open();
      const [first, second] = [scene.steps(opened), scene.steps(opened, "createSecret")];
      await first.until(makesKey(scene));
      await second.until(makesKey(scene));
      await first.until(asks("DescribeSecret"));
      await second.until(stores);
      expect(await first.finish()).toBe("done");
      expect(await second.finish()).toBe(scene.world.provider.id === token ? "done" : "unavailable");
      expect(scene.truth.live()).toHaveLength(2);
    },
  },
];

async function held(scene: Scene): Promise<readonly string[]> {
  return [await scene.handle("AWSCURRENT"), await scene.handle("AWSPREVIOUS")];
}

const isNoneOf = (handles: readonly string[]) => (handle: string) => !handles.includes(handle);
