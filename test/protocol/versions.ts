import { randomUUID } from "node:crypto";
import { expect } from "vitest";
import { all, asks, endsKey, isLastBeforeValues, type Trace, token } from "./trace.js";

/** Which version, which key, whose turn: plain writes, late and repeated deliveries. */
export const versions: readonly Trace[] = [
  {
    row: "V6",
    title:
      "a duplicate has seen an empty token and is held; the first finishes: the key that became previous keeps its overlap",
    kinds: all,
    play: async (scene) => {
      const opened = await scene.open();
      const current = await scene.handle("AWSCURRENT");
      const second = scene.steps(opened, "createSecret");
      await second.until(isLastBeforeValues(scene));
      await second.until();
      expect(await scene.steps(opened).finish()).toBe("done");
      expect(await scene.handle("AWSPREVIOUS")).toBe(current);
      // Where nothing is listed, it finds the first one's key stored.
      expect(await second.finish()).toBe(scene.world.provider.id === token ? "done" : "token_not_staged");
      expect(scene.isLive(current)).toBe(true);
    },
  },
  {
    row: "V7",
    title:
      "a plain write leaves one key under AWSCURRENT and AWSPREVIOUS: the next rotation does not end it as previous",
    kinds: all,
    // The key that lost its label: where it cannot be listed, nor read any more, its lifetime ends it.
    most: (kind) => (kind === token ? 3 : 2),
    play: async (scene) => {
      const current = await scene.handle("AWSCURRENT");
      await scene.write();
      expect(await scene.handle("AWSPREVIOUS")).toBe(current);
      await scene.rotate();
      expect(scene.isLive(current)).toBe(true);
    },
  },
  {
    row: "V8",
    title:
      "a plain write takes the last label of a living key that no list shows: the history finds it, where AWS lets it be read",
    kinds: [token],
    under: [{ unlabelledVersions: "readable" }, { unlabelledVersions: "refused" }],
    most: (_, { unlabelledVersions }) => (unlabelledVersions === "readable" ? 2 : 3),
    play: async (scene) => {
      const lost = await scene.handle("AWSPREVIOUS");
      await scene.write();
      const unlabelledVersions = scene.switches["unlabelledVersions"];
      await scene.rotate();
      expect(scene.isLive(lost)).toBe(unlabelledVersions === "refused");
      // Nobody can end it: it does so itself.
      await scene.advance(1200);
      expect(scene.isLive(lost)).toBe(false);
    },
  },
  {
    row: "V12",
    title: "a step of a rotation arrives when its version is previous already: it fails, and ends nothing",
    kinds: all,
    play: async (scene) => {
      const previous = await scene.handle("AWSPREVIOUS");
      for (const step of ["createSecret", "testSecret", "finishSecret"] as const) {
        const late = scene.steps(scene.version("AWSPREVIOUS"), step);
        expect(await late.finish(), step).toBe("token_not_staged");
        expect(late.trace.some(({ changes }) => changes)).toBe(false);
      }
      await scene.steps(scene.version("AWSPREVIOUS"), "setSecret").finish();
      expect(scene.isLive(previous)).toBe(true);
    },
  },
  {
    row: "V26",
    title:
      "RotateSecret again with a token that is previous by now, whatever AWS makes of it: nobody moves AWSCURRENT back to it",
    kinds: all,
    play: async (scene) => {
      const current = await scene.handle("AWSCURRENT");
      const ClientRequestToken = scene.version("AWSPREVIOUS");
      const { aws, secretId, sandbox } = scene.world;
      for (const oldToken of ["ignore", "refuse", "rerun"]) {
        sandbox.secretsManager.set("oldToken", oldToken);
        const from = sandbox.journal.last;
        await aws.rotateSecret({ SecretId: secretId, ClientRequestToken }).catch(() => undefined);
        await sandbox.timeline.idle();
        const isRun = sandbox.journal.since(from).some(({ kind }) => kind === "invocation");
        expect(isRun).toBe(oldToken === "rerun");
        // What a rerun has put AWSPENDING on can never be promoted again: the rotation is over for good.
        expect(scene.pending()).toBeUndefined();
        expect(await scene.handle("AWSCURRENT")).toBe(current);
      }
    },
  },
  {
    row: "V27",
    title: "a rotation by hand two minutes before the tick: the tick leaves the previous key its overlap",
    kinds: all,
    play: async (scene) => {
      const before = await scene.handle("AWSCURRENT");
      expect(await scene.steps(await scene.open()).finish()).toBe("done");
      await scene.advance(120);
      const tick = scene.steps(await scene.open());
      expect(await tick.until(endsKey(scene))).toBeUndefined();
      expect(await tick.finish()).toBe("overlap_open");
      expect(scene.isLive(before)).toBe(true);
      // AWS's tries are over, and recovery waits as well, until the overlap is.
      await scene.recover();
      expect(scene.isLive(before)).toBe(true);
      expect(scene.pending()).toBeDefined();
    },
  },
  {
    row: "V28",
    title:
      "the pending version of AWS's dry run is marked as leaked and aborted: it holds the current key, which lives",
    kinds: all,
    play: async (scene) => {
      const current = await scene.handle("AWSCURRENT");
      scene.during(asks("DescribeSecret"), async (interaction) => {
        expect(await scene.handle("AWSPENDING")).toBe(current);
        await scene.leak("AWSPENDING");
        await scene.abortDuring(interaction);
      });
      const { aws, secretId, sandbox } = scene.world;
      const RotationRules = { AutomaticallyAfterDays: 30 };
      const ClientRequestToken = randomUUID();
      await aws.rotateSecret({
        SecretId: secretId,
        ClientRequestToken,
        RotationRules,
        RotateImmediately: false,
      });
      await sandbox.timeline.idle();
      expect(scene.pending()).toBeUndefined();
      expect(scene.isLive(current)).toBe(true);
      // The mark is on the current key then: it is replaced, and ended.
      await scene.settle();
      expect(scene.isStanding(current)).toBe(false);
    },
  },
];
