import type { ForeignKey } from "../kit/contract.js";

/**
 * Keys of Stripe that no provider rotates. No API may end them but an approved App's.
 * @see https://docs.stripe.com/keys
 */
export const foreign: readonly ForeignKey[] = [
  {
    id: "stripe/secret-key",
    title: "a Stripe secret key, which may do everything",
    pattern: /(?<![A-Za-z0-9])sk_(?:test|live)_[A-Za-z0-9]{10,247}(?![A-Za-z0-9])/g,
    publiclyRevocable: false,
    advice: "Roll it in Stripe's Dashboard (Developers, API keys, Rotate key), and let it expire now.",
  },
];
