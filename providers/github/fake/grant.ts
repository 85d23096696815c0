import type { FakeResponse } from "../../kit/fake.js";
import { refusal } from "./answers.js";
import { fieldsOf } from "./json.js";

export interface FakeRepository {
  readonly id: number;
  readonly name: string;
}

type Permissions = Readonly<Record<string, string>>;

/** What an installation may do, and where. */
export interface Granted {
  readonly repositories: readonly FakeRepository[];
  readonly permissions: Permissions;
}

export interface Grant extends Granted {
  /** The token was asked for with repositories named. */
  readonly selected: boolean;
}

const levels = ["read", "write", "admin"];

/** Whether a permission of the level `held` is enough for what needs `wanted`. */
export function includesLevel(held: string | undefined, wanted: string): boolean {
  return levels.includes(wanted) && levels.indexOf(held ?? "") >= levels.indexOf(wanted);
}

const docs = "https://docs.github.com/rest/apps/apps#create-an-installation-access-token-for-an-app";

/** What a token asked for with `body` is granted, or GitHub's refusal: no more than the installation itself has. */
export function grant(body: string, owned: Granted): Grant | FakeResponse {
  const read = fieldsOf(body, docs);
  if ("refused" in read) return read.refused;
  const asked = read.fields;
  const names = asked["repositories"] ?? [];
  const ids = asked["repository_ids"] ?? [];
  if (!Array.isArray(names) || !Array.isArray(ids)) return refusal(422, "Invalid request.", docs);
  if (names.length + ids.length > 500) return refusal(422, "Too many repositories requested.", docs);
  const selected = names.length + ids.length > 0;
  const repositories = owned.repositories.filter(({ id, name }) => names.includes(name) || ids.includes(id));
  if (repositories.length < new Set([...names, ...ids]).size) {
    return refusal(
      422,
      "There is at least one repository that does not exist or is not accessible to the parent installation.",
      docs,
    );
  }

  const permissions = asked["permissions"] ?? owned.permissions;
  if (typeof permissions !== "object" || permissions === null) return refusal(422, "Invalid request.", docs);
  const granted: Record<string, string> = { metadata: "read" };
  const wishes: readonly [string, unknown][] = Object.entries(permissions);
  for (const [name, level] of wishes) {
    if (typeof level !== "string" || !includesLevel(owned.permissions[name], level)) {
      return refusal(422, "The permissions requested are not granted to this installation.", docs);
    }
    granted[name] = level;
  }
  return { selected, repositories: selected ? repositories : owned.repositories, permissions: granted };
}
