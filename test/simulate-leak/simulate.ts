import { type Name, names, type Way } from "./flow.js";
import { keyturn } from "./keyturn.js";
import { type Figures, measure } from "./measure.js";
import { template } from "./template.js";
import { twoSlots } from "./two-slots.js";
import { type KeyKind, openWorld } from "./world.js";

/** One leak, answered in one way. */
export interface Row extends Figures {
  readonly kind: KeyKind;
  readonly deathSeconds: number;
  readonly name: Name;
}

const ways: readonly Way[] = [keyturn, template, twoSlots];

/** One kind of key, leaked again and again: each way (or only these), each death. Rows by death, in the order of ways. */
export async function simulate(
  kind: KeyKind,
  deaths: readonly number[],
  only: readonly Name[] = names,
): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const way of ways) {
    const wanted = way.names.filter((name) => only.includes(name));
    if (wanted.length === 0) continue;
    const plays = wanted.flatMap((name) => deaths.map((deathSeconds) => ({ name, deathSeconds })));
    for (const some of way.isRenewed ? plays.map((play) => [play]) : [plays]) {
      const world = await openWorld(kind);
      try {
        const flow = await way.setUp(world);
        for (const play of some) rows.push({ kind, ...play, ...(await measure(world, flow, play)) });
      } finally {
        await world.close();
      }
    }
  }
  return deaths.flatMap((death) => rows.filter(({ deathSeconds }) => deathSeconds === death));
}
