import { AwsError } from "../errors.js";

/** Whether an event, or a part of one, matches. */
export type Matcher = (value: unknown) => boolean;

/**
 * An event pattern: fields that must all match, each a list of which one must. Exact values, `prefix`, `suffix`,
 * `equals-ignore-case`, `wildcard`, `anything-but`, `exists`, `numeric`, and `$or` beside fields. A list in the event matches when
 * one of its items does.
 * @throws AwsError InvalidEventPatternException
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
 */
export function eventPattern(text: string): Matcher {
  let pattern: unknown;
  try {
    pattern = JSON.parse(text);
  } catch {
    throw invalid("it is not JSON");
  }
  if (!isObject(pattern)) throw invalid("Filter is not an object");
  return fields(pattern);
}

const invalid = (reason: string) =>
  new AwsError("InvalidEventPatternException", `Event pattern is not valid. Reason: ${reason}`);

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function fields(pattern: Readonly<Record<string, unknown>>): Matcher {
  const entries = Object.entries(pattern);
  if (entries.length === 0) throw invalid("Empty objects are not allowed");
  const tests = entries.map(([name, wanted]) => (name === "$or" ? either(wanted) : field(name, wanted)));
  return (value) => tests.every((test) => test(value));
}

function either(patterns: unknown): Matcher {
  if (!Array.isArray(patterns) || patterns.length < 2)
    throw invalid("$or takes a list of at least two patterns");
  const tests = patterns.map((pattern) => {
    if (!isObject(pattern)) throw invalid("$or takes patterns only");
    return fields(pattern);
  });
  return (value) => tests.some((test) => test(value));
}

function field(name: string, wanted: unknown): Matcher {
  if (isObject(wanted)) {
    const inner = fields(wanted);
    return (value) => {
      const found = isObject(value) && Object.hasOwn(value, name) ? value[name] : {};
      return Array.isArray(found) ? found.some(inner) : inner(found);
    };
  }
  if (!Array.isArray(wanted)) throw invalid(`"${name}" must be an object or an array`);
  if (wanted.length === 0) throw invalid("Empty arrays are not allowed");
  const tests = wanted.map(condition);
  return (value) => {
    const found = isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
    const items = Array.isArray(found) ? found : [found];
    return items.some((item) => tests.some((test) => test(item)));
  };
}

/** One item of a field's list. A field that is not there is undefined, which only `exists` knows. */
function condition(wanted: unknown): Matcher {
  if (!isObject(wanted)) {
    if (Array.isArray(wanted)) throw invalid("Match value must be String, number, true, false, or null");
    return (value) => value === wanted;
  }
  const [[kind, operand] = ["", undefined], ...more] = Object.entries(wanted);
  if (more.length > 0) throw invalid("Only one key allowed in match expression");
  switch (kind) {
    case "exists":
      if (typeof operand !== "boolean") throw invalid("exists match pattern must be either true or false.");
      return (value) => (value !== undefined && !isObject(value)) === operand;
    case "numeric":
      return numeric(operand);
    case "anything-but":
      return anythingBut(operand);
    default:
      return textual(kind, operand);
  }
}

function textual(kind: string, operand: unknown): Matcher {
  if ((kind === "prefix" || kind === "suffix") && isObject(operand)) {
    const wanted = text(operand["equals-ignore-case"], kind).toLowerCase();
    return (value) => typeof value === "string" && ends(kind, value.toLowerCase(), wanted);
  }
  const wanted = text(operand, kind);
  switch (kind) {
    case "prefix":
    case "suffix":
      return (value) => typeof value === "string" && ends(kind, value, wanted);
    case "equals-ignore-case":
      return (value) => typeof value === "string" && value.toLowerCase() === wanted.toLowerCase();
    case "wildcard": {
      const parts = wanted.split("*").map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&"));
      const shape = new RegExp(`^${parts.join(".*")}$`, "s");
      return (value) => typeof value === "string" && shape.test(value);
    }
    default:
      throw invalid(`Unrecognized match type ${kind}`);
  }
}

const ends = (kind: string, value: string, wanted: string) =>
  kind === "prefix" ? value.startsWith(wanted) : value.endsWith(wanted);

function text(operand: unknown, kind: string): string {
  if (typeof operand === "string") return operand;
  throw invalid(`${kind} match pattern must be a string`);
}

function anythingBut(operand: unknown): Matcher {
  if (isObject(operand)) {
    const tests = Object.entries(operand).flatMap(([kind, wanted]) =>
      (Array.isArray(wanted) ? wanted : [wanted]).map((one: unknown) => textual(kind, one)),
    );
    if (tests.length === 0) throw invalid("Anything-But expression is empty");
    return (value) => value !== undefined && !tests.some((test) => test(value));
  }
  const values: readonly unknown[] = Array.isArray(operand) ? operand : [operand];
  if (values.length === 0 || values.some((value) => typeof value !== "string" && typeof value !== "number")) {
    throw invalid("Inside anything-but list, values must be strings or numbers.");
  }
  return (value) => value !== undefined && !values.includes(value);
}

function numeric(operand: unknown): Matcher {
  const parts: readonly unknown[] = Array.isArray(operand) ? operand : [];
  if (parts.length !== 2 && parts.length !== 4)
    throw invalid("Value of numeric must be an array of comparisons");
  const tests = [0, 2].slice(0, parts.length / 2).map((at) => {
    const [sign, limit] = [parts[at], parts[at + 1]];
    if (typeof limit !== "number") throw invalid("Value of numeric must be followed by a number");
    const test = new Map<unknown, (value: number) => boolean>([
      ["=", (value) => value === limit],
      ["<", (value) => value < limit],
      ["<=", (value) => value <= limit],
      [">", (value) => value > limit],
      [">=", (value) => value >= limit],
    ]).get(sign);
    if (!test) throw invalid("Unrecognized numeric range operator");
    return test;
  });
  return (value) => typeof value === "number" && tests.every((test) => test(value));
}
