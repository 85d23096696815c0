import type { Envelope } from "./envelope.js";
import type { Rule, Target } from "./rule.js";

/** What a target is called with, as text: the event whole, unless the target says otherwise. */
export function inputOf(target: Target, event: Envelope, rule: Rule): string {
  if (target.Input !== undefined) return target.Input;
  if (target.InputPath !== undefined) return JSON.stringify(at(event, target.InputPath) ?? {});
  if (target.InputTransformer) return transformed(target.InputTransformer, event, rule);
  return JSON.stringify(event);
}

/**
 * `<name>` stands for what the path of that name finds: as JSON, or inside quotes as it is.
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
 */
function transformed(
  { InputTemplate, InputPathsMap = {} }: NonNullable<Target["InputTransformer"]>,
  event: Envelope,
  rule: Rule,
): string {
  const reserved = new Map<string, unknown>([
    ["aws.events.rule-arn", rule.arn],
    ["aws.events.rule-name", rule.name],
    ["aws.events.event.ingestion-time", event.time],
    ["aws.events.event", event],
    ["aws.events.event.json", event],
  ]);
  let quoted = false;
  return InputTemplate.replaceAll(/\\.|"|<([\w.-]+)>/g, (found, name?: string) => {
    if (found === '"') quoted = !quoted;
    if (name === undefined) return found;
    const path = InputPathsMap[name];
    const value = path === undefined ? reserved.get(name) : at(event, path);
    if (value === undefined) return "";
    const text = JSON.stringify(value);
    return quoted && typeof value === "string" ? text.slice(1, -1) : text;
  });
}

/** `$`, `$.a.b`, `$.a[0]`. */
function at(event: Envelope, path: string): unknown {
  const parts = [...path.replace(/^\$/, "").matchAll(/\.([^.[\]]+)|\[(\d+)\]/g)];
  let found: unknown = event;
  for (const [, name, index] of parts) {
    const key = name ?? index ?? "";
    if (typeof found !== "object" || found === null || !Object.hasOwn(found, key)) return undefined;
    found = Reflect.get(found, key);
  }
  return found;
}
