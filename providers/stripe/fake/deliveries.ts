import { createHmac } from "node:crypto";
import type { StoredEndpoint } from "./endpoints.js";
import { randomText } from "./secrets.js";
import type { StripeState } from "./state.js";

/** What happened at an account. Other fields of Stripe's event object can be given too, and win over made-up ones. */
export interface StripeEvent {
  readonly type: string;
  readonly [field: string]: unknown;
}

/** The request that Stripe sends to one endpoint: a POST to `url`. */
export interface Delivery {
  /** The endpoint's id. */
  readonly endpoint: string;
  readonly url: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * One request for each enabled endpoint of the account that hears of such an event, signed with that endpoint's secret at
 * the clock's time. The event and its id are the same in all of them.
 * @throws RangeError for an unknown account
 * @see https://docs.stripe.com/webhooks#verify-manually
 */
export function deliveriesOf(state: StripeState, account: string, event: StripeEvent): readonly Delivery[] {
  if (!state.accounts.has(account)) throw new RangeError(`stripe: no account ${account}`);
  const mode = event["livemode"] === true ? "live" : "test";
  const hearing = state.endpointsOf(account, mode).filter((endpoint) => hears(endpoint, event.type));
  const time = Math.floor(state.now().getTime() / 1000);
  const common = {
    id: `evt_1${randomText(23)}`,
    object: "event",
    created: time,
    data: { object: {} },
    livemode: false,
    pending_webhooks: hearing.length,
    request: { id: null, idempotency_key: null },
  };
  return hearing.map((endpoint) => {
    const body = JSON.stringify({ ...common, api_version: endpoint.apiVersion, ...event }, null, 2);
    const signature = createHmac("sha256", endpoint.secret).update(`${time}.${body}`).digest("hex");
    return {
      endpoint: endpoint.id,
      url: endpoint.url,
      body,
      headers: {
        "Content-Type": "application/json; charset=utf-8",
        "Stripe-Signature": `t=${time},v1=${signature}`,
        "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
      },
    };
  });
}

function hears({ connect, disabled, enabledEvents }: StoredEndpoint, type: string): boolean {
  return !connect && !disabled && enabledEvents.some((name) => name === "*" || name === type);
}
