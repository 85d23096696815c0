import { ok } from "./answers.js";
import { rateLimitBody } from "./bodies.js";
import type { Route } from "./route.js";
import { sshHostKeys } from "./ssh-host.js";
import { newestVersion } from "./versions.js";

/** Asking for the limit is free of it. */
export const rateLimitTemplate = "/rate_limit";

/** What anyone may ask, with a credential or without. */
export const openRoutes: readonly Route[] = [
  {
    template: rateLimitTemplate,
    by: "any",
    methods: {
      GET: ({ request, allowance }) =>
        ok(rateLimitBody(allowance, request.headers["x-github-api-version"] !== newestVersion)),
    },
  },
  { template: "/meta", by: "any", methods: { GET: () => ok(meta()) } },
];

function meta() {
  return {
    verifiable_password_authentication: false,
    ssh_key_fingerprints: Object.fromEntries(
      sshHostKeys().map(({ name, fingerprint }) => [`SHA256_${name}`, fingerprint]),
    ),
    ssh_keys: sshHostKeys().map(({ publicKey }) => publicKey),
    ...{ hooks: [], web: [], api: [], git: [] },
  };
}
