import type { StepName } from "../../services/rotation/event.js";
import type { Fault } from "../../services/sandbox/faults.js";
import type { Bench } from "./bench.js";
import { refusal, type Vendor } from "./refusal.js";
import { type Staged, stage } from "./staged.js";

/** One request of a rotation, as the vendor sees it. `after`: so many of the same kind come first in that step. */
export interface Asked {
  readonly what: string;
  readonly step: StepName;
  readonly operation: string;
  readonly after?: number;
}

const verify = { github: "GET /installation/repositories", stripe: "GET /v1/customers" };
const mint = { github: "POST /app/installations/{id}/access_tokens", stripe: "POST /v2/iam/api_keys" };
const end = { github: "DELETE /installation/token", stripe: "POST /v2/iam/api_keys/{id}/expire" };
const find = "GET /v2/iam/api_keys";
const create = "createSecret";

/** How far a rotation has come. */
export const states = ["begun", "previous ended", "staged"] as const;
export type State = (typeof states)[number];

/** Every request that an undisturbed rotation sends to a vendor, by what has happened already. */
export const requests: Record<Vendor, Record<State, readonly Asked[]>> = {
  github: {
    begun: [{ what: "end", step: create, operation: end.github }],
    "previous ended": [
      { what: "watch", step: create, operation: verify.github },
      { what: "mint", step: create, operation: mint.github },
    ],
    staged: [
      { what: "test", step: "testSecret", operation: verify.github },
      { what: "verify", step: "finishSecret", operation: verify.github },
    ],
  },
  stripe: {
    begun: [
      { what: "find", step: create, operation: find },
      { what: "note", step: create, operation: "POST /v2/iam/api_keys/{id}" },
      { what: "end", step: create, operation: end.stripe },
    ],
    "previous ended": [
      { what: "watch", step: create, operation: verify.stripe },
      { what: "count", step: create, operation: find, after: 1 },
      { what: "mint", step: create, operation: mint.stripe },
    ],
    staged: [
      { what: "test", step: "testSecret", operation: verify.stripe },
      { what: "test's find", step: "testSecret", operation: find },
      { what: "verify", step: "finishSecret", operation: verify.stripe },
      { what: "finish's find", step: "finishSecret", operation: find },
    ],
  },
};

/** From now on the vendor answers this request so. A redirect leads to the other vendor. */
export function meetAt(bench: Bench, vendor: Vendor, asked: Asked, fault: Fault): void {
  const { operation, after = 0 } = asked;
  const [other, path] =
    vendor === "github" ? (["stripe", "/v1/customers"] as const) : (["github", "/meta"] as const);
  const location = `${bench.sandbox.urls[other]}${path}`;
  const told = fault.kind === "redirect" ? { ...fault, location } : fault;
  bench.sandbox.faults.add({ service: vendor, operation, after, times: "always", fault: told });
}

/** A rotation that has come so far, with nothing under way and nothing dying. */
export async function broughtTo(state: State, bench: Bench, vendor: Vendor): Promise<Staged> {
  const rotation = await stage(bench, bench[vendor]);
  if (state === "staged") await rotation.run("createSecret");
  if (state === "previous ended") {
    meetAt(bench, vendor, { what: "", step: create, operation: mint[vendor] }, { kind: "refuse" });
    await refusal(bench, () => rotation.run("createSecret"));
    bench.sandbox.faults.clear();
  }
  await bench.sandbox.timeline.advance(10_000);
  return rotation;
}
