import { boundFetch } from "../../providers/kit/bound-fetch.js";
import type { Connection, Provider } from "../../providers/kit/plug.js";
import type { Clock } from "../../services/clock.js";
import type { Line } from "./line.js";

/** What a stand-in reaches the vendor with: the same client that Keyturn has, so that flows differ and requests do not. */
export interface Reach {
  readonly provider: Provider;
  readonly config: Readonly<Record<string, unknown>>;
  readonly clock: Clock;
  readonly line: Line;
}

const timeoutMs = 5_000;
const lifeMs = 90 * 86_400_000;

export function vendorOf({ provider, config, clock, line }: Reach, admin: unknown): Promise<Connection> {
  const { signal } = new AbortController();
  const fetch = boundFetch({ endpoint: line.vendor, signal, timeoutMs });
  const lent = { config, admin, endpoint: line.vendor, fetch, signal, timeoutMs };
  return provider.connect({ ...lent, now: () => clock.now() });
}

/** One new key, named after the rotation that makes it. */
export function mint(vendor: Connection, clock: Clock, rotation: string) {
  return vendor.make({
    ...{ label: `rotator:${rotation.slice(0, 40)}`, idempotencyKey: rotation, nonce: rotation },
    expiresAt: new Date(clock.now().getTime() + lifeMs),
  });
}
