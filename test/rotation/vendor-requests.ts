import type { StepName } from "../../services/rotation/event.js";
import type { Fault } from "../../services/sandbox/faults.js";
import type { Bench } from "./bench.js";
import { type Kind, refusal, serviceOf } from "./refusal.js";
import { type Staged, stage } from "./staged.js";

/** One request of a rotation, as the vendor sees it. `after`: so many of the same kind come first in that step. */
export interface Asked {
  readonly what: string;
  readonly step: StepName;
  readonly operation: string;
  readonly after?: number;
  /** The request before it has already stopped the key. */
  readonly stopped?: boolean;
}

const create = "createSecret";

/** How far a rotation has come. */
export const states = ["begun", "previous ended", "staged", "set"] as const;
export type State = (typeof states)[number];

const token = {
  mint: "POST /app/installations/{id}/access_tokens",
  end: "DELETE /installation/token",
  verify: "GET /installation/repositories",
};
const restricted = {
  mint: "POST /v2/iam/api_keys",
  note: "POST /v2/iam/api_keys/{id}",
  end: "POST /v2/iam/api_keys/{id}/expire",
  find: "GET /v2/iam/api_keys",
  verify: "GET /v1/customers",
};
const deploy = {
  session: token.mint,
  find: "GET /repos/{owner}/{repo}/keys",
  register: "POST /repos/{owner}/{repo}/keys",
  end: "DELETE /repos/{owner}/{repo}/keys/{id}",
  meta: "GET /meta",
};
const webhook = {
  mint: "POST /v1/webhook_endpoints",
  disable: "POST /v1/webhook_endpoints/{id}",
  end: "DELETE /v1/webhook_endpoints/{id}",
  find: "GET /v1/webhook_endpoints",
  verify: "GET /v1/webhook_endpoints/{id}",
};

const test = "testSecret";
const finish = "finishSecret";

/** Every request that an undisturbed rotation sends to a vendor, by what has happened already. */
export const requests: Record<Kind, Partial<Record<State, readonly Asked[]>>> = {
  github: {
    begun: [{ what: "end", step: create, operation: token.end }],
    "previous ended": [
      { what: "watch", step: create, operation: token.verify },
      { what: "mint", step: create, operation: token.mint },
    ],
    staged: [
      { what: "test", step: test, operation: token.verify },
      { what: "verify", step: finish, operation: token.verify },
    ],
  },
  stripe: {
    begun: [
      { what: "find", step: create, operation: restricted.find },
      { what: "note", step: create, operation: restricted.note },
      { what: "end", step: create, operation: restricted.end },
    ],
    "previous ended": [
      { what: "watch", step: create, operation: restricted.verify },
      { what: "count", step: create, operation: restricted.find, after: 1 },
      { what: "mint", step: create, operation: restricted.mint },
    ],
    staged: [
      { what: "test", step: test, operation: restricted.verify },
      { what: "test's find", step: test, operation: restricted.find },
      { what: "verify", step: finish, operation: restricted.verify },
      { what: "finish's find", step: finish, operation: restricted.find },
    ],
  },
  deployKey: {
    begun: [
      { what: "session", step: create, operation: deploy.session },
      { what: "find", step: create, operation: deploy.find },
      { what: "end's find", step: create, operation: deploy.find, after: 1 },
      { what: "end", step: create, operation: deploy.end },
    ],
    "previous ended": [
      { what: "meta", step: create, operation: deploy.meta },
      { what: "count", step: create, operation: deploy.find, after: 2 },
    ],
    staged: [
      { what: "session", step: "setSecret", operation: deploy.session },
      { what: "find", step: "setSecret", operation: deploy.find },
      { what: "count", step: "setSecret", operation: deploy.find, after: 1 },
      { what: "register", step: "setSecret", operation: deploy.register },
    ],
    set: [
      { what: "session", step: test, operation: deploy.session },
      { what: "meta", step: test, operation: deploy.meta },
      { what: "test's find", step: test, operation: deploy.find },
      { what: "finish's session", step: finish, operation: deploy.session },
      { what: "finish's meta", step: finish, operation: deploy.meta },
      { what: "finish's find", step: finish, operation: deploy.find },
    ],
  },
  webhook: {
    begun: [
      { what: "find", step: create, operation: webhook.find },
      { what: "disable", step: create, operation: webhook.disable },
      { what: "end", step: create, operation: webhook.end, stopped: true },
    ],
    "previous ended": [
      { what: "watch", step: create, operation: webhook.verify },
      { what: "count", step: create, operation: webhook.find, after: 1 },
      { what: "cap", step: create, operation: webhook.find, after: 2 },
      { what: "mint", step: create, operation: webhook.mint },
    ],
    staged: [
      { what: "test", step: test, operation: webhook.verify },
      { what: "test's find", step: test, operation: webhook.find },
      { what: "verify", step: finish, operation: webhook.verify },
      { what: "finish's find", step: finish, operation: webhook.find },
    ],
  },
};

/** What fails once the previous key was ended, so that a rotation stops there. */
const afterTheEnd: Record<Kind, string> = {
  ...{ github: token.mint, stripe: restricted.mint, deployKey: deploy.meta, webhook: webhook.mint },
};

/** From now on the vendor answers this request so. A redirect leads to the other vendor. */
export function meetAt(bench: Bench, kind: Kind, asked: Asked, fault: Fault): void {
  const { operation, after = 0 } = asked;
  const service = serviceOf(kind);
  const [other, path] =
    service === "github" ? (["stripe", "/v1/customers"] as const) : (["github", "/meta"] as const);
  const location = `${bench.sandbox.urls[other]}${path}`;
  const told = fault.kind === "redirect" ? { ...fault, location } : fault;
  bench.sandbox.faults.add({ service, operation, after, times: "always", fault: told });
}

/** A rotation that has come so far, with nothing under way and nothing dying. */
export async function broughtTo(state: State, bench: Bench, kind: Kind): Promise<Staged> {
  const rotation = await stage(bench, bench[kind]);
  if (state === "staged" || state === "set") await rotation.run("createSecret");
  if (state === "set") await rotation.run("setSecret");
  if (state === "previous ended") {
    meetAt(bench, kind, { what: "", step: create, operation: afterTheEnd[kind] }, { kind: "refuse" });
    await refusal(bench, () => rotation.run("createSecret"));
    bench.sandbox.faults.clear();
  }
  await bench.sandbox.timeline.advance(10_000);
  return rotation;
}
