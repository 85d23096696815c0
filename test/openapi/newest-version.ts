import { type Description, descriptionOf } from "./subset.js";

const reference = (kind: string, name: string) => ({ $ref: `#/components/${kind}/${name}` });

/**
 * What API version 2026-03-10 changes of the operations in use. The package describes 2022-11-28 only.
 *
 * @see https://docs.github.com/rest/about-the-rest-api/breaking-changes
 */
const changes: readonly (readonly [readonly string[], unknown])[] = [
  [["components", "schemas", "rate-limit-overview", "required"], ["resources"]],
  [["components", "schemas", "rate-limit-overview", "properties", "rate"], { not: {} }],
  [
    ["paths", "/app/installations/{installation_id}", "delete", "responses"],
    { 202: reference("responses", "accepted"), 404: reference("responses", "not_found") },
  ],
];

/** Throws when something that is changed is not there, as when the package describes the newest version by itself. */
export function inNewestVersion(description: Description): Description {
  const all = changes.reduce<unknown>((so, [place, value]) => changed(so, place, value), description);
  return descriptionOf(all);
}

function changed(within: unknown, [name, ...deeper]: readonly string[], value: unknown): unknown {
  if (name === undefined) return value;
  const members = new Map(Object.entries(typeof within === "object" && within !== null ? within : {}));
  if (!members.has(name)) throw new Error(`GitHub's description has no ${name} to change`);
  return { ...Object.fromEntries(members), [name]: changed(members.get(name), deeper, value) };
}
