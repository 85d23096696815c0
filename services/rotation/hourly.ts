/** How often recovery runs. Milliseconds. */
export const tickMs = 5 * 60_000;
const hourMs = 60 * 60_000;

/**
 * Whether this run of recovery is the one that tells of something that has lasted since then: the first after it began, and one
 * each hour. Without memory, so a run that comes late may leave an hour out, or two may tell of it.
 */
export function isToldNow(since: Date, now: Date): boolean {
  const lasted = now.getTime() - since.getTime();
  return lasted >= 0 && Math.floor(lasted / hourMs) > Math.floor((lasted - tickMs) / hourMs);
}
