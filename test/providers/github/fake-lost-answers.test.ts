import { createAppAuth } from "@octokit/auth-app";
import { Octokit } from "@octokit/rest";
import { expect, it, onTestFinished } from "vitest";
import { startSandbox } from "../../../services/sandbox/sandbox.js";
import { publicKey } from "./fake-bench.js";

const operation = "POST /repos/{any}/{any}/keys";
/** What GitHub's own client makes of it: it even takes half a body for a success, and gives an empty text. */
const lost = [
  ["a 502 after the deed", { kind: "status-after", status: 502 }, "failed with 502"],
  ["an answer that is lost", { kind: "lose" }, "failed with 500"],
  ["half an answer", { kind: "half-close" }, 'made ""'],
] as const;

it.each(lost)("%s leaves a deploy key that can be found by what it is", async (_, fault, seen) => {
  const sandbox = await startSandbox();
  onTestFinished(sandbox.close);
  const { config, admin } = sandbox.vendors.github.admit("github/deploy-key");
  const octokit = new Octokit({
    baseUrl: sandbox.urls.github,
    authStrategy: createAppAuth,
    auth: { ...admin, installationId: config["installationId"] },
    log: { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined },
  });
  const place = { owner: "customer-1", repo: "service" };
  const key = publicKey();
  const make = () =>
    octokit.rest.repos.createDeployKey({ ...place, key, title: "a label" }).then(
      ({ data }) => `made ${JSON.stringify(data)}`,
      ({ status }) => `failed with ${status}`,
    );
  sandbox.faults.add({ service: "github", operation, fault });
  expect(await make()).toBe(seen);
  const found = await octokit.rest.repos.listDeployKeys(place);
  expect(found.data).toMatchObject([{ title: "a label", key: key.trim() }]);
  expect(await make()).toBe("failed with 422");
  expect(sandbox.keys()).toMatchObject([{ provider: "github/deploy-key", label: "a label", live: true }]);
  expect(
    sandbox.journal
      .since(0)
      .filter((entry) => entry.kind === "request" && entry.operation === "POST /repos/{owner}/{repo}/keys"),
  ).toMatchObject([{ status: 201, error: fault.kind }, { status: 422 }]);
});
