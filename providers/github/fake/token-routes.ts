import { noContent, ok, refusal } from "./answers.js";
import { pageOf } from "./page.js";
import { repositoryBody } from "./repository-body.js";
import type { Asked, Route } from "./route.js";

/** What an installation token does for itself: see where it may go, and end. */
export const tokenRoutes: readonly Route[] = [
  { template: "/installation/repositories", by: "token", methods: { GET: listRepositories } },
  { template: "/installation/token", by: "token", methods: { DELETE: revokeToken } },
];

function listRepositories({ request, caller: { token, installation } }: Asked) {
  if (!token || !installation) return notForPeople();
  const { repositories } = token.grant;
  const { items, headers } = pageOf(request, repositories);
  const body = {
    total_count: repositories.length,
    repository_selection: "selected",
    repositories: items.map((repository) => repositoryBody(repository, installation)),
  };
  return { ...ok(body), headers };
}

function revokeToken({ github, caller: { token } }: Asked) {
  if (!token) return notForPeople();
  token.deadAt ??= new Date(github.now().getTime() + github.settings.deathSeconds * 1000);
  return noContent;
}

const notForPeople = () => refusal(403, "You must authenticate with an installation access token");
