import type { FakeResponse } from "../../kit/fake.js";
import { noContent, notFound, ok, refusal, validationFailed } from "./answers.js";
import { deployKeyBody, deployKeyUrl, slugOf } from "./bodies.js";
import type { DeployKey } from "./deploy-keys.js";
import { type FakeRepository, includesLevel } from "./grant.js";
import { repositoryNamed } from "./installation.js";
import { fieldsOf } from "./json.js";
import { pageOf } from "./page.js";
import { parsePublicKey } from "./public-key.js";
import type { Answer, Asked, Route } from "./route.js";

/** A repository's deploy keys. There is no way to change one. */
export const deployKeyRoutes: readonly Route[] = [
  {
    template: "/repos/{owner}/{repo}/keys",
    by: "any",
    methods: { GET: withPermission("read", list), POST: withPermission("write", create) },
  },
  {
    template: "/repos/{owner}/{repo}/keys/{key_id}",
    by: "any",
    methods: { GET: withPermission("read", withKey(show)), DELETE: withPermission("write", withKey(remove)) },
  },
];

const docs = "https://docs.github.com/rest/deploy-keys/deploy-keys";

interface Place {
  readonly repository: FakeRepository;
  /** `owner/name` */
  readonly fullName: string;
}

type Inside = (asked: Asked, place: Place) => FakeResponse;

/** What a caller does not see is not there; what it sees and may not do is forbidden. */
function withPermission(level: "read" | "write", answer: Inside): Answer {
  return (asked) => {
    const place = placeOf(asked);
    if (!place) return notFound();
    const { token, person } = asked.caller;
    if (person || includesLevel(token?.grant.permissions["administration"], level)) {
      return answer(asked, place);
    }
    return {
      ...refusal(403, "Resource not accessible by integration", docs),
      headers: { "x-accepted-github-permissions": `administration=${level}` },
    };
  };
}

function placeOf({ github, caller: { token, installation, person }, part }: Asked): Place | undefined {
  const named = (within: Parameters<typeof repositoryNamed>[0]): Place | undefined => {
    const repository = repositoryNamed(within, part("owner"), part("repo"));
    return repository && { repository, fullName: `${within.login}/${repository.name}` };
  };
  if (token && installation) {
    return named({ login: installation.login, repositories: token.grant.repositories });
  }
  const owned = [...github.installations.values()].find(({ login }) => login === person?.owner);
  return owned && named(owned);
}

function withKey(answer: (asked: Asked, key: DeployKey) => FakeResponse): Inside {
  return (asked, { repository }) => {
    const id = Number(asked.part("key_id"));
    const key = asked.github.deployKeys.of(repository.id).find((one) => one.id === id);
    return key ? answer(asked, key) : notFound();
  };
}

function list({ github, request }: Asked, { repository }: Place): FakeResponse {
  const { items, headers } = pageOf(request, github.deployKeys.of(repository.id));
  return { ...ok(items.map((key) => deployKeyBody(key, allows(github)))), headers };
}

function show({ github }: Asked, key: DeployKey): FakeResponse {
  return ok(deployKeyBody(key, allows(github)));
}

function remove({ github }: Asked, key: DeployKey): FakeResponse {
  github.deployKeys.delete(key, github.now(), github.settings.deployKeyDeathSeconds);
  return noContent;
}

function create({ github, request, caller }: Asked, { repository, fullName }: Place): FakeResponse {
  const page = `${docs}#create-a-deploy-key`;
  const read = fieldsOf(request.body, page);
  if ("refused" in read) return read.refused;
  const { key, title, read_only: readOnly = false } = read.fields;
  if (key === undefined) return refusal(422, 'Invalid request.\n\n"key" wasn\'t supplied.', page);
  if (typeof key !== "string") return mistyped("key", key, "string", page);
  if (title !== undefined && typeof title !== "string") return mistyped("title", title, "string", page);
  if (typeof readOnly !== "boolean") return mistyped("read_only", readOnly, "boolean", page);

  const invalid = { resource: "PublicKey", code: "custom" };
  if (!allows(github)) {
    return validationFailed(page, { ...invalid, message: "Deploy keys are disabled for this repository" });
  }
  const publicKey = parsePublicKey(key);
  // GitHub was seen to say this of what is no key at all, too.
  if (!publicKey || github.deployKeys.isInUse(publicKey)) {
    return validationFailed(page, { ...invalid, field: "key", message: "key is already in use" });
  }
  const shown = title ?? publicKey.comment;
  if (shown.length > 255) {
    const message = "title is too long (maximum is 255 characters)";
    return validationFailed(page, { ...invalid, field: "title", message });
  }
  const made = github.deployKeys.make(
    {
      publicKey,
      repositoryId: repository.id,
      repository: fullName,
      title: shown,
      readOnly,
      addedBy: caller.person ? `admin-of-${caller.person.owner}` : `${slugOf(github.app ?? { id: 0 })}[bot]`,
      madeWith: caller.person?.handle,
    },
    github.now(),
    github.settings.deployKeySettleSeconds,
  );
  return {
    status: 201,
    headers: { location: deployKeyUrl(made) },
    body: deployKeyBody(made, true),
  };
}

function allows({ settings }: Asked["github"]): boolean {
  return settings.deployKeys === "allowed";
}

function mistyped(field: string, value: unknown, expected: string, page: string): FakeResponse {
  const shown = value === null ? "nil" : JSON.stringify(value);
  return refusal(422, `Invalid request.\n\nFor 'properties/${field}', ${shown} is not a ${expected}.`, page);
}
