import type { Mode } from "./secrets.js";

/** A webhook endpoint as the fake keeps it, deleted ones too. */
export interface StoredEndpoint {
  readonly id: string;
  readonly account: string;
  readonly mode: Mode;
  readonly secret: string;
  readonly created: Date;
  readonly apiVersion: string | null;
  /** Hears of connected accounts' events, and not of its own account's. */
  readonly connect: boolean;
  url: string;
  enabledEvents: readonly string[];
  description: string | null;
  metadata: Readonly<Record<string, string>>;
  disabled: boolean;
  deleted: boolean;
}

/** The object `webhook_endpoint`, without its secret: that is shown once, by whoever made it. */
export function endpointObject(endpoint: StoredEndpoint) {
  return {
    id: endpoint.id,
    object: "webhook_endpoint",
    api_version: endpoint.apiVersion,
    application: null,
    created: Math.floor(endpoint.created.getTime() / 1000),
    description: endpoint.description,
    enabled_events: endpoint.enabledEvents,
    livemode: endpoint.mode === "live",
    metadata: endpoint.metadata,
    status: endpoint.disabled ? "disabled" : "enabled",
    url: endpoint.url,
  };
}
