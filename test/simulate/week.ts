import type { Plan } from "./plan.js";

const [minute, hour, day] = [60, 3600, 86_400];

/**
 * An hourly secret and an installation token: ticks are delivered twice, requests meet faults, and each vendor is away for three hours
 * once. However few the days are, all of that is in them.
 */
export function weekOf({ days = 7, seed = 1, oneFaultIn = 200 } = {}): Plan {
  const hours = days * 24;
  return {
    secrets: [
      { provider: "stripe/restricted-key", every: "1h" },
      { provider: "github/installation-token", every: "45m" },
    ],
    ...{ seconds: days * day, seed, oneFaultIn, duplicates: Math.min(23, Math.floor(hours / 3)) },
    outages: [
      { vendor: "stripe", from: Math.floor(0.3 * hours) * hour + 17 * minute, seconds: 3 * hour },
      { vendor: "github", from: Math.floor(0.6 * hours) * hour + 41 * minute, seconds: 3 * hour },
    ],
  };
}
