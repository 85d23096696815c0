import * as z from "zod/mini";

const anything = z.record(z.string(), z.unknown());
const shape = z.object({
  openapi: z.string(),
  info: z.object({ title: z.string(), version: z.string() }),
  paths: z.record(z.string(), anything),
  components: z.record(z.string(), anything),
});

/** An OpenAPI description, as far as a subset of it needs to be understood. */
export type Description = z.infer<typeof shape>;

/** Throws for what is none. */
export const descriptionOf = (source: unknown): Description => shape.parse(source);

/**
 * The operations named (`METHOD /path/{part}`) and every component that these refer to, without examples: small enough
 * for validators to be made at once. Throws for an operation or a component that is not there.
 */
export function subsetOf(source: unknown, operations: readonly string[]): Description {
  const { openapi, info, paths, components } = descriptionOf(source);
  const kept: Record<string, Record<string, unknown>> = {};
  for (const operation of operations) {
    const [method = "", path = ""] = operation.split(" ");
    const described = paths[path]?.[method.toLowerCase()];
    if (described === undefined) throw new Error(`GitHub's description ${info.version} has no ${operation}`);
    const shared = paths[path]?.["parameters"];
    kept[path] = { ...kept[path], ...(shared !== undefined && { parameters: shared }) };
    kept[path][method.toLowerCase()] = cleaned(described);
  }
  const reached: Record<string, Record<string, unknown>> = {};
  const open = [...referencesIn(kept)];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [, , kind = "", name = ""] = next.split("/");
    const ofKind = reached[kind] ?? {};
    reached[kind] = ofKind;
    if (Object.hasOwn(ofKind, name)) continue;
    const component = components[kind]?.[name];
    if (component === undefined)
      throw new Error(`GitHub's description refers to ${next}, which is not there`);
    ofKind[name] = cleaned(component);
    open.push(...referencesIn(ofKind[name]));
  }
  return { openapi, info: { title: info.title, version: info.version }, paths: kept, components: reached };
}

/**
 * Without the examples beside a schema (a property may have that name as well, and stays), and without a `nullable` that
 * has no `type` beside it: OpenAPI 3.0.3 says that it means nothing then, and Ajv refuses it.
 */
function cleaned(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(cleaned);
  if (typeof value !== "object" || value === null) return value;
  const dropped = (name: string, inner: unknown) =>
    (name === "examples" && "schema" in value) ||
    (name === "nullable" && inner === true && !("type" in value));
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name, inner]) => !dropped(name, inner))
      .map(([name, inner]) => [name, cleaned(inner)]),
  );
}

function referencesIn(value: unknown): readonly string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) =>
    name === "$ref" && typeof inner === "string" ? [inner] : referencesIn(inner),
  );
}
