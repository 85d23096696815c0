/** How far back reads may lag. */
export const maxLagSeconds = 300;

interface Moment<State> {
  readonly at: number;
  state: State;
}

/** What something was at each moment of the last five minutes. States are not to change once they were noted. */
export class History<State> {
  #moments: Moment<State>[] = [];

  /** The newest state noted. */
  get last(): State | undefined {
    return this.#moments.at(-1)?.state;
  }

  /** The state from `now` on. The first one noted counts as having been so for ever. */
  note(now: Date, state: State): void {
    const newest = this.#moments.at(-1);
    const at = newest ? now.getTime() : Number.NEGATIVE_INFINITY;
    if (newest?.at === at) newest.state = state;
    else this.#moments.push({ at, state });
    const oldestAsked = now.getTime() - maxLagSeconds * 1000;
    const kept = this.#moments.findLastIndex((moment) => moment.at <= oldestAsked);
    if (kept > 0) this.#moments = this.#moments.slice(kept);
  }

  /** The newest state noted was another one: for changes of which nobody knows when they came. */
  amend(state: State): void {
    const newest = this.#moments.at(-1);
    if (newest) newest.state = state;
  }

  /** The state at `when`; undefined before anything was noted. */
  asOf(when: Date): State | undefined {
    const moment = this.#moments.findLast(({ at }) => at <= when.getTime());
    return (moment ?? this.#moments[0])?.state;
  }
}
