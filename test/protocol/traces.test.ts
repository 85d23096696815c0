import { afterAll, beforeEach, describe, it } from "vitest";
import { builtin } from "../../providers/index.js";
import { createHandler } from "../../services/rotation/handler.js";
import { Player } from "../faults/play.js";
import { startWorld, type World } from "../faults/world.js";
import { aborts } from "./abort.js";
import { creation } from "./creation.js";
import { leaks } from "./leak.js";
import { rollbacks } from "./rollback.js";
import { Scene, type Switches } from "./scene.js";
import { a, all, type Kind, kinds, type Trace } from "./trace.js";
import { rotateTwins } from "./twins.js";
import { versions } from "./versions.js";

const traces: readonly Trace[] = [...creation, ...versions, ...aborts, ...rollbacks, ...leaks];

describe.each(kinds)("%s", (kind) => {
  let stage: { world: World; player: Player } | undefined;
  const close = async () => {
    await stage?.world.close();
    stage = undefined;
  };
  beforeEach(async () => {
    if (stage) return;
    const world = await startWorld({ createHandler, builtin }, kind);
    stage = { world, player: new Player(world) };
  });
  afterAll(close);

  for (const [index, trace] of traces.entries()) {
    for (const [value, switches] of (trace.under ?? [{}]).entries()) {
      if (!isPlayed(trace, kind, index + value)) continue;
      it(nameOf(trace, switches), async () => {
        try {
          await playAll(trace, switches);
        } catch (error) {
          // One world for all traces, unless one has left it as nobody knows.
          await close();
          throw error;
        }
      });
    }
  }
  const playAll = async (trace: Trace, switches: Switches) => {
    for (let n = 1, isOver = false; stage && !isOver; n++) {
      const scene = await Scene.begin(stage.world, stage.player, switches);
      isOver = (await trace.play(scene, n)) !== true;
      await scene.end(mostOf(trace, kind, switches));
    }
  };
});

it.each(a)(
  "V25: two secrets of one account rotate with one token: neither gets the other's key (%s)",
  rotateTwins,
);

/** A row for all kinds has one of them, by turns; each of them with TRACES=all, which takes a minute (`npm run test:bugs`). */
function isPlayed({ kinds: named }: Trace, kind: Kind, turn: number): boolean {
  const isDealt = named === all && process.env["TRACES"] !== "all";
  return isDealt ? kinds.indexOf(kind) === turn % kinds.length : named.includes(kind);
}

function nameOf({ row, title }: Trace, switches: Switches): string {
  const under = Object.entries(switches).map(([name, value]) => `${name}: ${value}`);
  return `${row}: ${title}${under.length > 0 ? ` (${under.join(", ")})` : ""}`;
}

function mostOf({ most = 2 }: Trace, kind: Kind, switches: Switches): number {
  return typeof most === "number" ? most : most(kind, switches);
}
