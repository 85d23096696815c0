/** What each call is taken to last, on the sandbox's clock. Milliseconds. */
export const tollMs = { aws: 25, lambda: 40, vendor: 150 } as const;
export type Toll = keyof typeof tollMs;

/** How long an ended key may still be accepted by its vendor: at once, as measured at Stripe, and a slow one. Seconds. */
export const deaths = [0, 9, 60] as const;

/** From one look to the next of whoever waits for a rotation. Milliseconds. */
export const pauseMs = 2_000;
/** From one rotation of the two-slot rotator to the next. Seconds. */
export const intervalSeconds = 3_600;
/** What an application keeps a value for. Seconds. */
export const cacheSeconds = 300;
