import type { FakeResponse } from "../../kit/fake.js";
import { fieldsOf } from "./json.js";
import type { PersonalToken } from "./personal-tokens.js";
import type { Asked, Route } from "./route.js";
import type { State } from "./state.js";

/** Anyone's credentials, ended by whoever found them: five kinds, installation tokens not among them. */
export const credentialRoutes: readonly Route[] = [
  { template: "/credentials/revoke", by: "none", methods: { POST: revoke } },
];

const docs = "https://docs.github.com/rest/credentials/revoke#revoke-a-list-of-credentials";

/** Says nothing of what was found, as whoever asks need not be the owner. */
function revoke({ github, request }: Asked): FakeResponse {
  const read = fieldsOf(request.body, docs);
  if ("refused" in read) return read.refused;
  const { credentials } = read.fields;
  if (!Array.isArray(credentials) || credentials.length < 1 || credentials.length > 1000) {
    return refused("credentials must be a list of 1 to 1000 credentials");
  }
  if (!credentials.every((one) => typeof one === "string")) return refused("credentials must be strings");
  for (const credential of credentials) {
    const found = github.personalTokens.find(credential);
    if (found) deletePersonalToken(github, found);
  }
  return { status: 202, body: {} };
}

/** The deploy keys that were made with it go with it. */
export function deletePersonalToken(github: State, token: PersonalToken): void {
  token.deleted = true;
  github.deployKeys.deleteMadeWith(token.handle, github.now(), github.settings.deployKeyDeathSeconds);
}

/** This route's errors are plain texts. */
function refused(error: string): FakeResponse {
  return {
    status: 422,
    body: { message: "Validation Failed", errors: [error], documentation_url: docs, status: "422" },
  };
}
