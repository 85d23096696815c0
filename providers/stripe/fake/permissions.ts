/** What a key may do; null: everything. */
export type Permissions = readonly string[] | null;

/**
 * Names that are known from Stripe's error messages and Dashboard links. Stripe has about 160 and publishes no list, so
 * the fake refuses more names than Stripe does.
 */
const resources = [
  ...["api_key", "application_fee", "balance_transaction_source", "charge", "checkout_session"],
  ...["connected_account", "credit_note", "customer", "dispute", "ephemeral_key", "invoice"],
  ...["payment_intent", "payment_method", "payout", "plan", "product", "secret", "setup_intent"],
  ...["subscription", "transfer", "webhook"],
];

const known: ReadonlySet<string> = new Set(resources.flatMap((name) => [`${name}_read`, `${name}_write`]));

export function areKnown(names: readonly string[]): boolean {
  return names.every((name) => known.has(name));
}

/** Whether `permissions` cover `needed`, such as `charge_read`. Who may write may read. */
export function allow(permissions: Permissions, needed: string): boolean {
  return permissions === null || permissions.some((name) => name === needed || name === asWrite(needed));
}

function asWrite(needed: string): string {
  return needed.replace(/_read$/, "_write");
}
