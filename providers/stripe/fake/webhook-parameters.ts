import * as z from "zod/mini";
import { type Answer, refuseV1, type V1Error } from "./answers.js";
import type { FormFields } from "./form.js";
import type { Mode } from "./secrets.js";
import { isVersion } from "./v1.js";

const filled = z.string().check(z.minLength(1));
const flag = z.pipe(
  z.enum(["true", "false"]),
  z.transform((text) => text === "true"),
);
const list = (item: z.ZodMiniString) =>
  z.pipe(
    z.record(z.string().check(z.regex(/^\d+$/)), item),
    z.transform((items) => Object.values(items)),
  );
/** The form of a name, not its meaning: Stripe knows some 250 types. */
const eventType = z.string().check(z.regex(/^(\*|[a-z0-9_]+(\.[a-z0-9_]+)+)$/));
/** An empty text for the whole unsets all, for a value unsets that one. */
const metadata = z.union([
  z.literal(""),
  z.record(z.string().check(z.maxLength(40)), z.string().check(z.maxLength(500))),
]);
const whole = z.pipe(
  z.string().check(z.regex(/^\d{1,9}$/)),
  z.transform((text) => Number(text)),
);

const editable = {
  url: z.optional(filled),
  enabled_events: z.optional(list(eventType)),
  description: z.optional(z.string()),
  metadata: z.optional(metadata),
  expand: z.optional(list(z.string())),
};

export const creation = z.strictObject({
  ...editable,
  url: filled,
  enabled_events: list(eventType),
  api_version: z.optional(z.string().check(z.refine(isVersion))),
  connect: z.optional(flag),
});
export const change = z.strictObject({ ...editable, disabled: z.optional(flag) });
export const paging = z.strictObject({
  limit: z.optional(whole.check(z.refine((limit) => limit >= 1 && limit <= 100))),
  starting_after: z.optional(filled),
  ending_before: z.optional(filled),
  expand: editable.expand,
});
export const nothing = z.strictObject({ expand: editable.expand });

/** The first thing that is wrong, as v1 says it. Codes are Stripe's; the texts after the first words are ours. */
export function refuseFields(error: z.core.$ZodError, fields: FormFields): Answer {
  const [issue] = error.issues;
  if (issue?.code === "unrecognized_keys") {
    const [param = ""] = issue.keys;
    return wrong({ code: "parameter_unknown", param, message: `Received unknown parameter: ${param}` });
  }
  const [first = "", ...rest] = (issue?.path ?? []).map(String);
  const param = first + rest.map((name) => `[${name}]`).join("");
  const given = new Map(Object.entries(fields)).get(first);
  if (given === undefined) {
    return wrong({ code: "parameter_missing", param, message: `Missing required param: ${param}.` });
  }
  if (given === "") {
    return wrong({
      code: "parameter_invalid_empty",
      param,
      message: `You passed an empty string for '${param}'.`,
    });
  }
  return wrong({ param, message: `Invalid ${param}: not what this parameter takes` });
}

/** What is wrong with a webhook's address, if anything. Our choice: plain http leads to this machine only, and in test mode only. */
export function refuseUrl(text: string, mode: Mode): Answer | undefined {
  const bad = (message: string) => wrong({ code: "url_invalid", param: "url", message });
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) {
    return bad("Invalid URL: An explicit scheme (such as https) must be provided.");
  }
  if (!URL.canParse(text)) return bad("Not a valid URL");
  const { protocol, hostname } = new URL(text);
  const loopback = /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
  if (protocol === "https:" || (protocol === "http:" && loopback && mode === "test")) return undefined;
  return bad("Invalid URL: must begin with https://");
}

function wrong(error: V1Error): Answer {
  return refuseV1(400, error);
}
