import { defineConfig } from "../services/config/declare.js";

/** What `npx cdk synth` deploys as it stands; `-c config=<path>` names another file. It holds no secret. */
export default defineConfig({
  installation: "abcdefgh2345",
  environment: "live",
  secrets: {
    "app/github-token": {
      provider: "github/installation-token",
      config: { installationId: 12345678, repositories: ["web"], permissions: { contents: "read" } },
      admin: "admin/github-app",
      every: "45m",
      fields: { token: "GITHUB_TOKEN" },
    },
    "app/deploy-key": {
      provider: "github/deploy-key",
      config: { installationId: 12345678, repository: "example/web" },
      admin: "admin/github-app",
      every: "1d",
    },
    "app/stripe-key": {
      provider: "stripe/restricted-key",
      config: { account: "acct_example", permissions: ["charge_read"] },
      admin: "admin/stripe-app",
      every: "1d",
    },
    "app/stripe-webhook": {
      provider: "stripe/webhook-secret",
      config: { url: "https://example.com/stripe", enabledEvents: ["charge.succeeded"] },
      admin: "admin/stripe-account",
      every: "7d",
    },
  },
});
