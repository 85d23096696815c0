/** One secret that is to be rotated. */
export interface Wish {
  readonly provider: string;
  /** Durations, as in a declaration. */
  readonly every: string;
  readonly jitter?: string | undefined;
}

/** A time in which a vendor cannot be reached. Seconds, from the beginning. */
export interface Outage {
  readonly vendor: string;
  readonly from: number;
  readonly seconds: number;
}

/** What is simulated. */
export interface Plan {
  readonly secrets: readonly Wish[];
  readonly seconds: number;
  /** Decides which requests meet a fault. */
  readonly seed: number;
  /** One request in so many meets a fault; 0: none does. */
  readonly oneFaultIn: number;
  readonly outages: readonly Outage[];
  /** Every so many-th tick of a schedule is delivered twice; 0: none. */
  readonly duplicates: number;
}

/** What everything begins with. */
export const begin = new Date("2026-06-01T00:00:00Z");

export const dayMs = 86_400_000;
export const minuteMs = 60_000;
