import type { Fault, Faults, RequestHead } from "../sandbox/faults.js";

/** One request as it arrived at the vendor, whatever became of it. */
export interface Exchange extends RequestHead {
  /** `vendor`, or the name of the second server. */
  readonly service: string;
}

/** What goes wrong with the exchange that came as `index`-th since the wire was scripted, counted from 0. */
export type Script = (exchange: Exchange, index: number) => Fault | undefined;

/** Between provider and vendor: sees every exchange, and decides what goes wrong. */
export class Wire implements Pick<Faults, "meet" | "hold"> {
  #script: Script = () => undefined;
  #seen: Exchange[] = [];
  readonly #held = new Set<() => void>();

  /** From now on `script` decides, and counts from 0 again. What hung before is let go. */
  play(script: Script = () => undefined): void {
    this.#script = script;
    this.#seen = [];
    const held = [...this.#held];
    this.#held.clear();
    for (const release of held) release();
  }

  /** The exchanges since `play`. */
  get seen(): readonly Exchange[] {
    return this.#seen;
  }

  meet(service: string, head: RequestHead): Fault | undefined {
    const exchange = { ...head, service };
    return this.#script(exchange, this.#seen.push(exchange) - 1);
  }

  hold(release: () => void): () => void {
    this.#held.add(release);
    return () => this.#held.delete(release);
  }
}
