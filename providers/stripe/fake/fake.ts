import type { FakeVendor, VendorKey } from "../../kit/fake.js";
import { type Delivery, deliveriesOf, type StripeEvent } from "./deliveries.js";
import { isLive, isRetired } from "./keys.js";
import { route } from "./routes.js";
import { withSetting } from "./settings.js";
import { StripeState } from "./state.js";

export interface FakeStripe extends FakeVendor {
  /** The account's owner ends a key in the Dashboard. @throws RangeError for an unknown id. */
  ownerExpires(id: string): void;
  /**
   * The account's owner makes a key in the Dashboard, of the mode that is set: for everything, or a restricted one.
   * @throws RangeError for an unknown account
   */
  ownerMakesKey(account: string, permissions?: readonly string[]): string;
  /** The account that an own key (an admin credential of `stripe/webhook-secret`) belongs to. @throws RangeError for any other. */
  accountOf(apiKey: string): string;
  /**
   * What Stripe would send because of this event: one signed POST for each enabled endpoint of the account that hears of
   * such events, of test mode unless the event has `livemode: true`. Whoever asks sends them, or loses them.
   * @throws RangeError for an unknown account
   */
  deliveries(account: string, event: StripeEvent): readonly Delivery[];
}

const restrictedKey = "stripe/restricted-key";
const webhookSecret = "stripe/webhook-secret";

/**
 * Stripe, in test mode and in live mode: a platform that owns an App with `api_key_write`, customer accounts that installed
 * it and the managed keys of those; and accounts with webhook endpoints. Every App customer shares the App and its key.
 *
 * Answers `/v2/iam/api_keys`, `/v1/webhook_endpoints`, and as something to ask for with a key `GET /v1/customers`, `charges`,
 * `plans`, `prices` and `products`, whose lists are empty. Settings: see `settings.ts`. What Stripe does not say is in README.md.
 */
export function createFakeStripe({ now }: { readonly now: () => Date }): FakeStripe {
  let state = new StripeState(now);
  const admissions: Readonly<Record<string, () => ReturnType<FakeVendor["admit"]>>> = {
    [restrictedKey]: () => {
      const account = state.openAccount();
      state.installed.add(account);
      const admin = { appKey: state.appKeys[state.settings.mode] };
      return { config: { account, permissions: ["customer_read", "charge_read"] }, admin };
    },
    [webhookSecret]: () => {
      const apiKey = state.makeOwnKey(state.openAccount(), state.settings.mode, null);
      const enabledEvents = ["charge.succeeded", "customer.created"];
      return { config: { url: "https://example.com/stripe-webhooks", enabledEvents }, admin: { apiKey } };
    },
  };
  return {
    vendor: "stripe",
    handle: (request) => route(state, request),
    keys: () => [...managedKeys(state), ...signingSecrets(state)],
    admit: (wanted) => {
      const admission = new Map(Object.entries(admissions)).get(wanted);
      if (admission) return admission();
      const known = Object.keys(admissions).join(", ");
      throw new RangeError(`stripe: no provider ${wanted}; known: ${known}`);
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
    ownerMakesKey: (account, permissions) => {
      if (!state.accounts.has(account)) throw new RangeError(`stripe: no account ${account}`);
      return state.makeOwnKey(account, state.settings.mode, permissions ?? null);
    },
    accountOf: (apiKey) => {
      const own = state.ownKeys.get(apiKey);
      if (!own) throw new RangeError("stripe: this is no account's own key");
      return own.account;
    },
    deliveries: (account, event) => deliveriesOf(state, account, event),
  };
}

function managedKeys(state: StripeState): VendorKey[] {
  const now = state.now();
  return [...state.keys.values()].map((key) => ({
    provider: restrictedKey,
    handle: key.id,
    label: key.name ?? "",
    live: isLive(key, now),
    retired: isRetired(key, now),
  }));
}

/** A signing secret works as long as Stripe signs with it: while its endpoint is there and enabled. */
function signingSecrets(state: StripeState): VendorKey[] {
  return [...state.endpoints.values()].map((endpoint) => ({
    provider: webhookSecret,
    handle: endpoint.id,
    label: endpoint.metadata["keyturn"] ?? "",
    live: !endpoint.deleted && !endpoint.disabled,
    retired: endpoint.deleted,
  }));
}
