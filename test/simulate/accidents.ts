import { createHash } from "node:crypto";
import type { Director, Fate, Interaction, Runner } from "../faults/wire.js";
import type { Outage, Plan } from "./plan.js";

/** What may become of a request beside passing. */
const fates: readonly Fate[] = ["refuse", "lose", "time-out", "throttle", "500", "die", "die after"];
const unreachable: readonly Fate[] = ["refuse", "500", "time-out"];

/** Requests of functions, by what they were made for. */
export type Calls = Readonly<
  Record<"rotations" | "recovery", { readonly aws: number; readonly vendor: number }>
>;

/**
 * What goes wrong with the requests of functions, and how many there were. Which one meets what follows from the seed, the
 * invocation (its secret, step and time) and the request's number in it: two runs of one seed meet the same, as long as they do the same.
 */
export class Accidents implements Director {
  readonly #plan: Pick<Plan, "seed" | "oneFaultIn">;
  readonly #isOut: (vendor: string) => boolean;
  readonly #requests = new WeakMap<Runner, number>();
  readonly #met = new Map<string, number>();
  readonly calls = { rotations: { aws: 0, vendor: 0 }, recovery: { aws: 0, vendor: 0 } };
  /** Nothing goes wrong, and nothing is counted, before. */
  begun = false;

  constructor(plan: Pick<Plan, "seed" | "oneFaultIn">, isOut: (vendor: string) => boolean) {
    this.#plan = plan;
    this.#isOut = isOut;
  }

  async before({ runner, service, operation }: Interaction): Promise<Fate> {
    if (!this.begun) return "pass";
    const number = (this.#requests.get(runner) ?? 0) + 1;
    this.#requests.set(runner, number);
    const isVendor = service === "github" || service === "stripe";
    const calls = this.calls[runner.step === "recover" ? "recovery" : "rotations"];
    calls[isVendor ? "vendor" : "aws"]++;
    const [chance, which] = drawn(`${this.#plan.seed} ${runner.name} ${number} ${operation}`);
    if (this.#isOut(service)) return unreachable[which % unreachable.length] ?? "refuse";
    const { oneFaultIn } = this.#plan;
    if (oneFaultIn === 0 || chance % oneFaultIn !== 0) return "pass";
    const fate = fates[which % fates.length] ?? "refuse";
    this.#met.set(fate, (this.#met.get(fate) ?? 0) + 1);
    return fate;
  }

  after(): Promise<void> {
    return Promise.resolve();
  }

  /** How often which fault was met, outages apart. */
  get faults(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.#met].sort());
  }
}

function drawn(what: string): readonly [number, number] {
  const hash = createHash("sha256").update(what).digest();
  return [hash.readUInt32BE(0), hash.readUInt32BE(4)];
}

/** Whether a time lies in an outage. Times are milliseconds since the epoch. */
export function outageAt(outages: readonly Outage[], begun: number) {
  return (vendor: string, time: number): Outage | undefined =>
    outages.find((outage) => {
      const from = begun + outage.from * 1000;
      return outage.vendor === vendor && time >= from && time < from + outage.seconds * 1000;
    });
}
