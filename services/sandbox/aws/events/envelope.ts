import { accountId } from "../secret-record.js";

/** An event as rules match it and targets get it. */
export interface BusEvent {
  readonly source: string;
  readonly "detail-type": string;
  readonly resources: readonly string[];
  readonly detail: unknown;
}

export type Envelope = ReturnType<typeof envelopeOf>;

/** The event whole, in the order of AWS's fields; the time to the second. */
export function envelopeOf(event: BusEvent, at: { region: string; id: string; time: Date }) {
  return {
    version: "0",
    id: at.id,
    "detail-type": event["detail-type"],
    source: event.source,
    account: accountId,
    time: `${at.time.toISOString().slice(0, 19)}Z`,
    region: at.region,
    resources: event.resources,
    detail: event.detail,
  };
}
