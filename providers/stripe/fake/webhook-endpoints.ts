import type * as z from "zod/mini";
import { type Answer, refuseV1 } from "./answers.js";
import { endpointObject, type StoredEndpoint } from "./endpoints.js";
import { makeSigningSecret, randomText } from "./secrets.js";
import type { StripeState } from "./state.js";
import type { Asked, Prepared, Resource } from "./v1.js";
import { change, creation, nothing, paging, refuseFields, refuseUrl } from "./webhook-parameters.js";

/** `/v1/webhook_endpoints` @see https://docs.stripe.com/api/webhook_endpoints */
export const webhookEndpoints: Resource = { permission: "webhook", methods: { GET: list, POST: create } };

/** `/v1/webhook_endpoints/{id}` */
export const webhookEndpoint: Resource = {
  permission: "webhook",
  methods: { GET: retrieve, POST: update, DELETE: remove },
};

const shown = (endpoint: StoredEndpoint): Answer => ({ status: 200, body: endpointObject(endpoint) });

function create({ state, caller, fields }: Asked): Prepared {
  const { data, error } = creation.safeParse(fields);
  if (!data) return refuseFields(error, fields);
  const refusal = refuseUrl(data.url, caller.mode);
  if (refusal) return refusal;
  return () => {
    const { endpointLimit, webhookCreation } = state.settings;
    const { account, mode } = caller;
    if (webhookCreation === "500 before commit") return broken;
    if (state.endpointsOf(account, mode).length >= endpointLimit) return full(endpointLimit, mode);
    const endpoint: StoredEndpoint = {
      id: `we_1${randomText(23)}`,
      account,
      mode,
      secret: makeSigningSecret(),
      created: state.now(),
      apiVersion: data.api_version ?? null,
      connect: data.connect ?? false,
      url: data.url,
      enabledEvents: data.enabled_events,
      description: data.description || null,
      metadata: merged({}, data.metadata),
      disabled: false,
      deleted: false,
    };
    state.endpoints.set(endpoint.id, endpoint);
    if (webhookCreation === "500 after commit") return broken;
    return { status: 200, body: { ...endpointObject(endpoint), secret: endpoint.secret } };
  };
}

function update(asked: Asked): Prepared {
  const { caller, fields } = asked;
  const { data, error } = change.safeParse(fields);
  if (!data) return refuseFields(error, fields);
  const refusal = data.url === undefined ? undefined : refuseUrl(data.url, caller.mode);
  if (refusal) return refusal;
  return () => {
    const endpoint = existing(asked);
    if (!endpoint) return missing(asked);
    endpoint.url = data.url ?? endpoint.url;
    endpoint.enabledEvents = data.enabled_events ?? endpoint.enabledEvents;
    if (data.description !== undefined) endpoint.description = data.description || null;
    endpoint.metadata = merged(endpoint.metadata, data.metadata);
    endpoint.disabled = data.disabled ?? endpoint.disabled;
    return shown(endpoint);
  };
}

function retrieve(asked: Asked): Prepared {
  const { error } = nothing.safeParse(asked.fields);
  if (error) return refuseFields(error, asked.fields);
  const endpoint = existing(asked);
  return endpoint ? shown(endpoint) : missing(asked);
}

function remove(asked: Asked): Prepared {
  const endpoint = existing(asked);
  if (!endpoint) return missing(asked);
  endpoint.deleted = true;
  return { status: 200, body: { id: endpoint.id, object: "webhook_endpoint", deleted: true } };
}

function list({ state, caller, fields }: Asked): Prepared {
  const { data, error } = paging.safeParse(fields);
  if (!data) return refuseFields(error, fields);
  const all = state.endpointsOf(caller.account, caller.mode);
  const range = rangeOf(all, data);
  if ("status" in range) return range;
  const limit = Math.min(data.limit ?? 10, state.settings.pageSize);
  const backwards = data.ending_before !== undefined;
  const page = backwards ? range.rest.slice(-limit) : range.rest.slice(0, limit);
  return {
    status: 200,
    body: {
      object: "list",
      data: page.map(endpointObject),
      has_more: page.length < range.rest.length,
      url: "/v1/webhook_endpoints",
    },
  };
}

/** What lies after or before the named endpoint. */
function rangeOf(
  all: readonly StoredEndpoint[],
  { starting_after, ending_before }: z.output<typeof paging>,
): { readonly rest: readonly StoredEndpoint[] } | Answer {
  const named = starting_after ?? ending_before;
  if (named === undefined) return { rest: all };
  const index = all.findIndex(({ id }) => id === named);
  const param = starting_after === undefined ? "ending_before" : "starting_after";
  if (index < 0) return noSuch(400, named, param);
  return { rest: param === "starting_after" ? all.slice(index + 1) : all.slice(0, index) };
}

function existing({ state, caller, id = "" }: Asked): StoredEndpoint | undefined {
  return state.endpointsOf(caller.account, caller.mode).find((endpoint) => endpoint.id === id);
}

const missing = ({ id = "" }: Asked) => noSuch(404, id, "id");

function noSuch(status: number, id: string, param: string): Answer {
  return refuseV1(status, { code: "resource_missing", param, message: `No such webhook endpoint: '${id}'` });
}

const broken = refuseV1(500, { type: "api_error", message: "An unknown error occurred." });

/** Stripe sends no code with it. */
function full(limit: number, mode: StripeState["settings"]["mode"]): Answer {
  const kind = mode === "test" ? "test webhook" : "webhook";
  return refuseV1(400, { message: `You have reached the maximum of ${limit} ${kind} endpoints.` });
}

/** An empty text unsets: for a name that one, for the whole all. */
function merged(
  before: Readonly<Record<string, string>>,
  change: "" | Readonly<Record<string, string>> | undefined,
): Readonly<Record<string, string>> {
  if (change === "") return {};
  return Object.fromEntries(Object.entries({ ...before, ...change }).filter(([, value]) => value !== ""));
}
