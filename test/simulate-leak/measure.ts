import { type Met, startConsumer } from "./consumer.js";
import { asOperator, type Flow, type Name } from "./flow.js";
import { cacheSeconds, intervalSeconds } from "./tolls.js";
import { type Call, type Path, pathTo } from "./track.js";
import type { World } from "./world.js";

/** A moment after the report, and what it took. */
export type Moment = Path & { readonly calls: number; readonly seconds: number };

export interface Figures {
  /** AWSCURRENT holds another version. */
  readonly replaced: Moment;
  /** The vendor's record says that the leaked key is ended. Undefined: it ended by its own lifetime before anyone did it. */
  readonly killed: Moment | undefined;
  /** The vendor refuses the leaked key: the sandbox's truth, whether anyone asks or not. Seconds after the report. */
  readonly deadSeconds: number;
  /** The leaked key was shown to its vendor and seen refused. Undefined: nobody asks. */
  readonly proved: Moment | undefined;
  readonly consumer: Met;
}

/** How long a key has been current when it leaks, at least. Milliseconds. */
const ageMs = 10 * 60_000;

/** The leaked key and what became of it, by the sandbox's truth. Milliseconds since the epoch. */
interface Seen {
  replaced?: number;
  killed?: number;
  dead?: number;
}

/** Lets the current key of a flow's secret leak, and looks on until it is dead and every cache has been filled anew. */
export async function measure(
  world: World,
  { secret, respond }: Flow,
  { name, deathSeconds }: { readonly name: Name; readonly deathSeconds: number },
): Promise<Figures> {
  const { sandbox, vendor } = world;
  const { timeline } = sandbox;
  sandbox.vendors[vendor].set("deathSeconds", deathSeconds);
  await timeline.advance(ageMs);
  const { handle } = await world.read(secret);
  const version = world.holder(secret, "AWSCURRENT");
  const calls: Call[] = [];
  const seen: Seen = {};
  const now = () => timeline.now().getTime();
  const look = (since?: Call) => {
    const key = sandbox.keys().find((one) => one.handle === handle);
    if (seen.replaced === undefined && world.holder(secret, "AWSCURRENT") !== version) seen.replaced = now();
    // One whose lifetime is over counts as retired, too, and nobody has ended it.
    if (since?.on === "vendor" && key?.retired && seen.dead === undefined && seen.killed === undefined) {
      seen.killed = now();
      timeline.at(new Date(now() + deathSeconds * 1000), () => look());
    }
    if (!key?.live) seen.dead ??= now();
  };
  world.watch({
    arrived: () => look(),
    answered(call) {
      calls.push(call);
      look(call);
    },
  });
  const consumer = await startConsumer({
    ...{ sandbox, vendor },
    read: async () => (await world.read(secret)).key,
  });
  const begin = now();
  const proved = await asOperator(world, (operator) => respond(operator, name));
  for (let seconds = 0; seen.dead === undefined; seconds++) {
    if (seconds > 2 * intervalSeconds) throw new Error("the leaked key does not die");
    await timeline.advance(1_000);
    look();
  }
  await timeline.advance((cacheSeconds + 60) * 1000);
  const met = consumer.stop();
  if (seen.replaced === undefined) throw new Error("the leaked key was not replaced");
  const moment = (at: number): Moment => {
    const path = pathTo(calls, at);
    return { ...path, calls: path.aws + path.lambda + path.vendor, seconds: (at - begin) / 1000 };
  };
  return {
    replaced: moment(seen.replaced),
    killed: seen.killed === undefined ? undefined : moment(seen.killed),
    deadSeconds: (seen.dead - begin) / 1000,
    proved: proved && moment(proved.getTime()),
    consumer: met,
  };
}
