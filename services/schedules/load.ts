import type { Timing } from "./timing.js";

/** What a vendor bears, as its documentation tells. */
interface Limit {
  /** Keys made or ended in a minute and in an hour. A rotation makes one and ends one. */
  readonly perMinute: number;
  readonly perHour: number;
  readonly whose: string;
}

/**
 * @see https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
 * @see https://docs.stripe.com/rate-limits
 */
const limits: Readonly<Record<string, Limit>> = {
  github: { perMinute: 80, perHour: 500, whose: "GitHub's secondary limit of writes" },
  stripe: { perMinute: 25 * 60, perHour: 25 * 3600, whose: "Stripe's limit of one endpoint" },
};
const writesPerRotation = 2;

/** RotateSecret and CancelRotateSecret together, an account and Region, in a minute. */
const rotationsPerMinute = 50 * 60;

/** What many secrets together ask of their vendors and of AWS, where that may be more than is borne. */
export function loadWarnings(
  secrets: readonly { readonly provider: string; readonly timing: Timing }[],
): readonly string[] {
  const vendors = [...new Set(secrets.map(({ provider }) => provider.split("/")[0] ?? ""))].sort();
  const perVendor = vendors.flatMap((vendor) => {
    const limit = limits[vendor];
    const own = secrets.filter(({ provider }) => provider.startsWith(`${vendor}/`));
    if (!limit) return [];
    const perHour = own.reduce(
      (sum, { timing }) => sum + (3600 / timing.smallestGapSeconds) * writesPerRotation,
      0,
    );
    const burst = burstOf(own) * writesPerRotation;
    const many = `${own.length} secrets at ${vendor}`;
    return [
      ...(perHour > limit.perHour
        ? [
            `${many} make ${Math.ceil(perHour)} writes an hour, more than ${limit.whose}, ${limit.perHour} for one application: rotate less often, or use several applications.`,
          ]
        : []),
      ...(burst > limit.perMinute
        ? [
            `${many} may make ${Math.ceil(burst)} writes in one minute, more than ${limit.whose}, ${limit.perMinute}: declare a jitter.`,
          ]
        : []),
    ];
  });
  const all = burstOf(secrets);
  return all > rotationsPerMinute
    ? [
        ...perVendor,
        `${Math.ceil(all)} rotations may start in one minute, more than AWS takes: declare a jitter.`,
      ]
    : perVendor;
}

/** The most rotations that are to be expected in one minute: crons may meet in it, spread by their jitter. */
function burstOf(secrets: readonly { readonly timing: Timing }[]): number {
  return secrets.reduce((sum, { timing }) => sum + 1 / Math.max(1, timing.jitterSeconds / 60), 0);
}
