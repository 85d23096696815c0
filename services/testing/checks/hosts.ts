import { type Act, actsOf } from "../acts.js";
import type { Bench, Probe } from "../bench.js";
import { must } from "../check.js";
import { outcomeOf } from "../outcome.js";
import { watchSockets } from "../sockets.js";
import { ledAstray, openTrap, type Trap } from "../trap.js";

/** Every verb undisturbed, and with every link, redirect and URL that comes back leading to a trap. */
export const declared: Probe = async (bench) => {
  const trap = await openTrap();
  try {
    const acts = await actsOf(bench);
    await undisturbed(bench, acts);
    await astray(bench, acts, trap);
  } finally {
    await trap.close();
  }
};

async function undisturbed(bench: Bench, acts: readonly Act[]): Promise<void> {
  for (const act of acts) {
    const ready = await act.ready();
    if (!ready) continue;
    const connection = await bench.connect(ready.customer);
    bench.wire.play();
    const watch = watchSockets(bench.ports);
    const before = bench.fetched;
    await outcomeOf(ready.run(connection), 5000);
    watch.close();
    mustBeAlone(watch.foreign, act.verb);
    const sent = bench.wire.seen.filter(({ service }) => service === "vendor").length;
    const lent = bench.fetched - before;
    must(
      sent === lent,
      `${act.verb} to send every request by the lent fetch`,
      `${sent} requests, ${lent} by it`,
    );
  }
}

async function astray(bench: Bench, acts: readonly Act[], trap: Trap): Promise<void> {
  for (const act of acts) {
    const ready = await act.ready();
    if (!ready) continue;
    const connection = await bench.connect(ready.customer);
    // Some follow what they take for the next page until they lose patience.
    let left = 5;
    bench.rewrite((answer) => (left-- > 0 ? ledAstray(answer, trap.url) : answer));
    const watch = watchSockets(bench.ports);
    await outcomeOf(ready.run(connection), 5000);
    watch.close();
    bench.rewrite(undefined);
    must(
      trap.caught === 0,
      `${act.verb} not to follow a link to another host`,
      `${trap.caught} requests there`,
    );
    mustBeAlone(watch.foreign, act.verb);
  }
}

function mustBeAlone(foreign: ReadonlySet<string>, verb: string): void {
  must(foreign.size === 0, `${verb} to connect to the vendor alone`, [...foreign].join(", "));
}
