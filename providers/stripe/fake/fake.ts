import type { FakeVendor } from "../../kit/fake.js";
import { isLive, isRetired } from "./keys.js";
import { route } from "./routes.js";
import { StripeState, withSetting } from "./state.js";

export interface FakeStripe extends FakeVendor {
  /** The account's owner ends a key in the Dashboard. @throws RangeError for an unknown id. */
  ownerExpires(id: string): void;
}

const provider = "stripe/restricted-key";

/**
 * Stripe in test mode: a platform that owns an App with `api_key_write`, customer accounts that installed it, and the
 * managed keys of those. Answers `/v2/iam/api_keys` (all but rotate), and as the keys themselves `GET /v1/customers` and
 * `/v1/charges`, whose lists are empty.
 *
 * Settings (`set`): deathSeconds, settleSeconds, keyLimit, appInstalled, pageSize. Every account shares the App and its key.
 * Codes and texts of 403 and of refused input are ours where Stripe's are not known.
 */
export function createFakeStripe({ now }: { readonly now: () => Date }): FakeStripe {
  let state = new StripeState(now);
  return {
    vendor: "stripe",
    handle: (request) => route(state, request),
    keys: () =>
      [...state.keys.values()].map((key) => ({
        provider,
        handle: key.id,
        label: key.name ?? "",
        live: isLive(key, now()),
        retired: isRetired(key, now()),
      })),
    admit: (wanted) => {
      if (wanted !== provider) throw new RangeError(`stripe: no provider ${wanted}; known: ${provider}`);
      return {
        config: { account: state.install(), permissions: ["customer_read", "charge_read"] },
        admin: { appKey: state.appKey },
      };
    },
    reset: () => {
      state = new StripeState(now);
    },
    set: (name, value) => {
      state.settings = withSetting(state.settings, name, value);
    },
    ownerExpires: (id) => {
      const key = state.keys.get(id);
      if (!key) throw new RangeError(`stripe: no key ${id}`);
      state.end(key);
    },
  };
}
