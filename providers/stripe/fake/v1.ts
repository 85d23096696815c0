import type { FakeRequest } from "../../kit/fake.js";
import { type Answer, refuseV1, unrecognized } from "./answers.js";
import type { Caller } from "./caller.js";
import { type FormFields, formOf } from "./form.js";
import { allow } from "./permissions.js";
import { starred } from "./secrets.js";
import type { StripeState } from "./state.js";

/** A request to one resource, of a caller who may send it. */
export interface Asked {
  readonly state: StripeState;
  readonly caller: Caller;
  readonly id: string | undefined;
  /** A POST's form, or the query. */
  readonly fields: FormFields;
}

/** A refused input, or what is left to do: only what was begun is remembered under an idempotency key. */
export type Prepared = Answer | (() => Answer);

export interface Resource {
  /** `<permission>_read` or `<permission>_write` is what a restricted key needs. */
  readonly permission: string;
  readonly methods: Readonly<Record<string, (asked: Asked) => Prepared>>;
}

/** v1's ways around every resource: version, account, permission, form, idempotency. The caller is authenticated. */
export function answerV1(
  state: StripeState,
  caller: Caller,
  request: FakeRequest,
  resource: Resource,
  id: string | undefined,
): Answer {
  const { method, headers, query, body } = request;
  const version = headers["stripe-version"];
  if (version !== undefined && !isVersion(version)) {
    return refuseV1(400, { message: `Invalid Stripe API version: ${version}` });
  }
  const account = headers["stripe-account"] ?? headers["stripe-context"] ?? caller.account;
  if (account !== caller.account) return noAccess(caller, account);
  const methods = new Map(Object.entries(resource.methods));
  const prepare = methods.get(method);
  if (!prepare) return unrecognized(request);
  const needed = `${resource.permission}_${method === "GET" ? "read" : "write"}`;
  if (!allow(caller.permissions, needed)) return lacking(caller, needed);

  const type = headers["content-type"] ?? "";
  if (method === "POST" && body !== "" && !type.startsWith("application/x-www-form-urlencoded")) {
    const hint = "check that your POST content type is application/x-www-form-urlencoded";
    return refuseV1(400, { message: `Invalid request (${hint}).` });
  }
  const fields = formOf(method === "POST" ? body : query.toString());
  if (!fields) return refuseV1(400, { message: "Invalid request: the parameters could not be read." });
  const asked = { state, caller, id, fields };
  if (method === "POST") return once(state, caller, request, () => prepare(asked));
  const prepared = prepare(asked);
  return typeof prepared === "function" ? prepared() : prepared;
}

/** Under an Idempotency-Key the first answer is given again for a day, whatever it was, once the work had begun. */
function once(
  state: StripeState,
  caller: Caller,
  { path, headers, body }: FakeRequest,
  prepare: () => Prepared,
): Answer {
  const key = headers["idempotency-key"];
  if (key !== undefined && key.length > 255) {
    return refuseV1(400, { message: "Idempotency-Key: 255 characters at most." });
  }
  const slot = `${caller.account} ${caller.mode} ${key}`;
  const parameters = new URLSearchParams(body);
  parameters.sort();
  const asked = parameters.toString();
  const stored = key === undefined ? undefined : state.answers.get(slot);
  if (stored) {
    const first =
      stored.path === path
        ? "with the same parameters they were first used with"
        : `for the same endpoint they were first used for ('${stored.path}')`;
    const message =
      `Keys for idempotent requests can only be used ${first}. ` +
      `Try using a key other than '${key}' if you meant to execute a different request.`;
    if (stored.path !== path || stored.asked !== asked) {
      return refuseV1(400, { type: "idempotency_error", message });
    }
    return { ...stored.answer, headers: { "idempotency-key": `${key}`, "idempotent-replayed": "true" } };
  }
  const prepared = prepare();
  if (typeof prepared !== "function") return prepared;
  const answer = prepared();
  if (key === undefined) return answer;
  state.answers.set(slot, { path, asked, answer });
  return { ...answer, headers: { "idempotency-key": key } };
}

export function isVersion(text: string): boolean {
  return /^\d{4}-\d\d-\d\d(\.[a-z]+)?$/.test(text);
}

function noAccess({ token }: Caller, account: string): Answer {
  const message =
    `The provided key '${starred(token)}' does not have access to account '${account}' ` +
    "(or that account does not exist). Application access may have been revoked.";
  return refuseV1(403, { code: "account_invalid", message });
}

function lacking({ token, account }: Caller, needed: string): Answer {
  return refuseV1(403, {
    message:
      `The provided key '${starred(token)}' does not have the required permissions for this endpoint on account ` +
      `'${account}'. Having the 'rak_${needed}' permission would allow this request to continue.`,
  });
}
