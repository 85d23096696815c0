/** How a key that no secret here holds is ended at its vendor, by kind. */
const advice: Readonly<Record<string, string>> = {
  "github/installation-token":
    "It ends by itself an hour after it was made. Sooner: DELETE /installation/token, signed in with the token itself.",
  "github/deploy-key":
    "Delete it in its repository's settings (Deploy keys), or by DELETE /repos/{owner}/{repo}/keys/{id}.",
  "stripe/restricted-key": "Expire it in Stripe's Dashboard: Developers, API keys, the key's menu.",
  "stripe/webhook-secret":
    "Roll it in Stripe's Dashboard (the endpoint, Roll secret, expire now), or delete the endpoint.",
};

export const adviceFor = (kind: string): string =>
  (Object.hasOwn(advice, kind) ? advice[kind] : undefined) ?? "End it at its vendor.";
