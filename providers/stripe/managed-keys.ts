import type { Call } from "../kit/contract.js";
import type { Secret } from "../kit/secret.js";
import { type Answer, type Asked, ask, previewVersion, releasedVersion } from "./client.js";

export const keysPath = "/v2/iam/api_keys";

export type KeysCall = Call<{ readonly account: string }, { readonly appKey: Secret }>;

const app = "Check that the Stripe App is approved, installed on this account and holds api_key_write.";
const advice = {
  401: "Put the App owner's current secret key into the admin secret.",
  403: `The App may not manage this account's keys. ${app}`,
  404: "Check the endpoint; Stripe may also have moved or closed this preview API.",
};

/** One request to the key API, as the App, on behalf of the declared account. @throws ProviderError when nothing answered. */
export function askAsApp(call: KeysCall, asked: Asked): Promise<Answer> {
  const { appKey: key } = call.admin;
  return ask(call, { key, apiVersion: previewVersion, context: call.config.account, advice }, asked);
}

/** One request as a key itself, on its own account. @throws ProviderError when nothing answered. */
export function askAsKey(call: KeysCall, key: Secret, asked: Asked): Promise<Answer> {
  return ask(call, { key, apiVersion: releasedVersion }, asked);
}

/** True for a live mode key, which makes live mode keys: those come back encrypted. */
export function isLiveKey(key: Secret): boolean {
  return /^(sk|rk)_live_/.test(key.reveal());
}
