import { expect } from "vitest";
import { leakMark } from "../../services/rotation/labels.js";
import { all, flips, type Trace } from "./trace.js";

const labelsAtFlip = [{ foreignLabelsAtFlip: "kept" }, { foreignLabelsAtFlip: "lost" }] as const;

/** Keys that leak at a bad moment, and ends of overlaps that must come all the same. The leak command is its mark, so far. */
export const leaks: readonly Trace[] = [
  {
    row: "V18",
    title:
      "the current key is marked after finishSecret has looked and before it moves AWSCURRENT: it is ended right after",
    kinds: all,
    under: labelsAtFlip,
    play: async (scene) => {
      const opened = await scene.open();
      const finish = scene.steps(opened);
      await finish.until(flips);
      const marked = scene.version("AWSCURRENT");
      const leaked = await scene.leak("AWSCURRENT");
      expect(await finish.finish()).toBe("done");
      expect(await scene.handle("AWSPREVIOUS")).toBe(leaked);
      // Where AWS drops the mark with the move, whoever set it looks again (P16), and sets it once more.
      const isLost = scene.switches["foreignLabelsAtFlip"] === "lost";
      expect(scene.isStanding(leaked)).toBe(isLost);
      if (isLost) await scene.label(leakMark(marked), marked);
      await scene.rotate();
      expect(scene.isStanding(leaked)).toBe(false);
    },
  },
  {
    row: "V19",
    title: "finishSecret dies after the move and AWS does not call again: the old key's end comes by its job",
    kinds: all,
    under: [{ throwAfterFlip: "succeeded" }],
    play: async (scene) => {
      scene.spoil(flips, "die after", 1);
      await scene.rotate();
      const old = await scene.handle("AWSPREVIOUS");
      expect(scene.pending()).toBeUndefined();
      await scene.advance(1200);
      expect(scene.isLive(old)).toBe(true);
      expect(await scene.endOverlap(scene.version("AWSPREVIOUS"), old).finish()).toBe("done");
      expect(scene.isStanding(old)).toBe(false);
      expect(scene.version("AWSPREVIOUS")).toBe("none");
    },
  },
  {
    row: "V19",
    title:
      "finishSecret dies after the move, and the old key is leaked: it is ended when AWS calls again, or by the next rotation at once",
    kinds: all,
    under: [{ throwAfterFlip: "retried" }, { throwAfterFlip: "succeeded" }],
    play: async (scene) => {
      const leaked = await scene.leak("AWSCURRENT");
      scene.spoil(flips, "die after", 1);
      await scene.rotate();
      expect(await scene.handle("AWSPREVIOUS")).toBe(leaked);
      expect(scene.isStanding(leaked)).toBe(scene.switches["throwAfterFlip"] === "succeeded");
      await scene.rotate();
      expect(scene.isStanding(leaked)).toBe(false);
    },
  },
  {
    row: "V21",
    title:
      "the previous version is marked, and a plain write has left its key under AWSCURRENT too: it is replaced before it is ended",
    kinds: all,
    most: (kind) => (kind === "github/installation-token" ? 3 : 2),
    play: async (scene) => {
      await scene.write();
      const leaked = await scene.leak("AWSPREVIOUS");
      expect(await scene.handle("AWSCURRENT")).toBe(leaked);
      expect(await scene.endOverlap(scene.version("AWSPREVIOUS"), leaked).finish()).toBe("done");
      expect(scene.isLive(leaked)).toBe(true);
      await scene.rotate();
      await scene.settle();
      expect(scene.isStanding(leaked)).toBe(false);
    },
  },
  {
    row: "V23",
    title: "both keys are marked: neither mark displaces the other, and one rotation at once ends both",
    kinds: all,
    under: labelsAtFlip,
    play: async (scene) => {
      const leaked = [await scene.leak("AWSCURRENT"), await scene.leak("AWSPREVIOUS")];
      await scene.rotate();
      expect(leaked.filter((handle) => scene.isStanding(handle))).toEqual([]);
    },
  },
  {
    row: "V24",
    title: "a plain write leaves an old version nothing but its mark: its key is an orphan like any other",
    kinds: all,
    play: async (scene) => {
      const leaked = await scene.leak("AWSPREVIOUS");
      await scene.write();
      expect(scene.isLive(leaked)).toBe(true);
      const opened = await scene.open();
      await scene.steps(opened).finish();
      expect(scene.isStanding(leaked)).toBe(false);
    },
  },
];
