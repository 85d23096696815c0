import deployKey from "../../providers/github/deploy-key.js";
import { createFakeGitHub, type FakeGitHub } from "../../providers/github/fake/fake.js";
import installationToken from "../../providers/github/installation-token.js";
import { createFakeStripe } from "../../providers/stripe/fake/fake.js";
import restrictedKey from "../../providers/stripe/restricted-key.js";
import webhookSecret from "../../providers/stripe/webhook-secret.js";
import { serveSsh } from "../../services/sandbox/ssh.js";
import type { Subject } from "../../services/testing/index.js";

export const tokens: Subject = {
  provider: installationToken,
  vendor: createFakeGitHub,
  slowest: { settleSeconds: 5, deathSeconds: 60 },
  narrow: { config: { permissions: { metadata: "read" } } },
  paging: { notChecked: "GitHub lists no tokens" },
};

const deployKeys: Subject<FakeGitHub> = {
  provider: deployKey,
  vendor: createFakeGitHub,
  slowest: { deployKeySettleSeconds: 10, deployKeyDeathSeconds: 20 },
  narrow: { config: { readOnly: true } },
  paging: { keys: 101 },
  quirks: [
    {
      status: 401,
      request: /^(GET|POST|DELETE) \/(repos|meta)/,
      outcome: "unavailable",
      reason: "GitHub's servers may not know a token of a moment ago yet",
    },
  ],
};

export const deployKeysByApi: Subject = { ...deployKeys, config: { verify: "api" } };

export const deployKeysBySsh: Subject<FakeGitHub> = {
  ...deployKeys,
  config: { verify: "ssh" },
  // Every status, at every request of deploy keys: test/providers/github/deploy-key-failures.test.ts.
  fewStatuses: true,
  besides: {
    name: "ssh",
    faults: ["refuse", "lose", "hang"],
    serve: (github, faults) => serveSsh(github, { port: 0, faults, record: () => undefined }),
  },
};

const restricted: Subject = {
  provider: restrictedKey,
  vendor: createFakeStripe,
  slowest: { settleSeconds: 10, deathSeconds: 300 },
  narrow: { config: { permissions: ["plan_read"] } },
  paging: { keys: 5, settings: { pageSize: 2 } },
};

export const testModeKeys: Subject = { ...restricted, settings: { mode: "test" } };
export const liveModeKeys: Subject = { ...restricted, settings: { mode: "live" }, fewStatuses: true };

export const signingSecrets: Subject = {
  provider: webhookSecret,
  vendor: createFakeStripe,
  narrow: { notChecked: "a signing secret has no permissions" },
  paging: { keys: 5, settings: { pageSize: 2 } },
};
