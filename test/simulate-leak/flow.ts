import type { Clock } from "../../services/clock.js";
import type { Line } from "./line.js";
import type { World } from "./world.js";

/** One way to answer a leak, set up in a world of its own: a secret whose current key is alive. */
export interface Flow {
  readonly secret: string;
  /**
   * All that whoever learns that the current key has leaked does, until it counts as done.
   * @returns when the leaked key was seen refused; undefined where nobody asks
   */
  respond(operator: Operator, name: Name): Promise<Date | undefined>;
}

export interface Operator {
  readonly clock: Clock;
  readonly line: Line;
}

export const names = ["keyturn", "keyturn --kill-first", "template, twice", "two slots"] as const;
/** What a flow is called in tables. */
export type Name = (typeof names)[number];

/** A flow that can be answered in one way, or in several. */
export interface Way {
  readonly names: readonly Name[];
  /** Whether each leak needs a world of its own: else the secret is as steady after one as before. */
  readonly isRenewed: boolean;
  /** Resolves when the secret is in its steady state. */
  setUp(world: World): Promise<Flow>;
}

/** Somebody at a terminal, whose calls take their time. */
export async function asOperator<Result>(
  { sandbox, line: lineOf }: World,
  act: (operator: Operator) => Promise<Result>,
): Promise<Result> {
  const { clock, leave } = sandbox.timeline.join();
  const line = await lineOf({ as: "operator" }, clock);
  try {
    return await act({ clock, line });
  } finally {
    leave();
    await line.close();
  }
}
