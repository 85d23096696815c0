import type { FakeResponse } from "../../kit/fake.js";
import { refusal } from "./answers.js";

type Fields = Readonly<Record<string, unknown>>;

/** The JSON object that `text` is; undefined when it is anything else. */
export function objectIn(text: string): Fields | undefined {
  return asObject(parsed(text));
}

/** The fields of a request's body, or GitHub's refusal. Empty counts as `{}`; the content type is not looked at. */
export function fieldsOf(body: string, docs?: string): { fields: Fields } | { refused: FakeResponse } {
  const value = body === "" ? {} : parsed(body);
  if (value === undefined) return { refused: refusal(400, "Problems parsing JSON", docs) };
  const fields = asObject(value);
  return fields ? { fields } : { refused: refusal(400, "Body should be a JSON object", docs) };
}

/** No JSON text stands for undefined. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function asObject(value: unknown): Fields | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  return Object.fromEntries(Object.entries(value));
}
