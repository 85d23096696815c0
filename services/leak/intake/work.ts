import { source } from "../../events/event.js";

/** `detail-type` of what is handed to a provider's function. The detail is the job, which is the function's event. */
export const workFor = (providerId: string) => `Contain ${providerId}`;

/** The events of the work bus that a provider's function is invoked with: no other job than this one. */
export const workPattern = (providerId: string) => ({
  source: [source],
  "detail-type": [workFor(providerId)],
  detail: { keyturn: { action: ["contain"] } },
});

/** Where the job stands in the event. */
export const workPath = "$.detail";

/** The events of the bus for leaks that the intake is invoked with: all. One with a wrong `detail-type` is refused loudly, and not lost. */
export const anyReport = { source: [{ prefix: "" }] };
