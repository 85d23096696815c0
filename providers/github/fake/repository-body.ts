import { accountBody, api, nodeId, web } from "./account-body.js";
import { timestamp } from "./answers.js";
import type { FakeRepository } from "./grant.js";
import { accountOf, type FakeInstallation } from "./installation.js";

/** What stands behind a repository's address in each of its links. */
const links = {
  archive_url: "/{archive_format}{/ref}",
  assignees_url: "/assignees{/user}",
  blobs_url: "/git/blobs{/sha}",
  branches_url: "/branches{/branch}",
  collaborators_url: "/collaborators{/collaborator}",
  comments_url: "/comments{/number}",
  commits_url: "/commits{/sha}",
  compare_url: "/compare/{base}...{head}",
  contents_url: "/contents/{+path}",
  contributors_url: "/contributors",
  deployments_url: "/deployments",
  downloads_url: "/downloads",
  events_url: "/events",
  forks_url: "/forks",
  git_commits_url: "/git/commits{/sha}",
  git_refs_url: "/git/refs{/sha}",
  git_tags_url: "/git/tags{/sha}",
  hooks_url: "/hooks",
  issue_comment_url: "/issues/comments{/number}",
  issue_events_url: "/issues/events{/number}",
  issues_url: "/issues{/number}",
  keys_url: "/keys{/key_id}",
  labels_url: "/labels{/name}",
  languages_url: "/languages",
  merges_url: "/merges",
  milestones_url: "/milestones{/number}",
  notifications_url: "/notifications{?since,all,participating}",
  pulls_url: "/pulls{/number}",
  releases_url: "/releases{/id}",
  stargazers_url: "/stargazers",
  statuses_url: "/statuses/{sha}",
  subscribers_url: "/subscribers",
  subscription_url: "/subscription",
  tags_url: "/tags",
  teams_url: "/teams",
  trees_url: "/git/trees{/sha}",
};

/** A private repository, empty, as lists show it. */
export function repositoryBody(repository: FakeRepository, installation: FakeInstallation) {
  const fullName = `${installation.login}/${repository.name}`;
  const url = `${api}/repos/${fullName}`;
  const created = timestamp(installation.createdAt);
  return {
    id: repository.id,
    node_id: nodeId("Repository", repository.id),
    name: repository.name,
    full_name: fullName,
    private: true,
    visibility: "private",
    owner: accountBody(accountOf(installation)),
    description: null,
    homepage: null,
    language: null,
    license: null,
    topics: [],
    default_branch: "main",
    ...{ fork: false, archived: false, disabled: false, is_template: false, allow_forking: false },
    ...{ web_commit_signoff_required: false, mirror_url: null },
    ...{ has_issues: true, has_projects: true, has_wiki: true, has_downloads: true },
    ...{ has_pages: false, has_discussions: false },
    ...{ forks: 0, forks_count: 0, watchers: 0, watchers_count: 0, stargazers_count: 0 },
    ...{ open_issues: 0, open_issues_count: 0, size: 0 },
    ...{ created_at: created, updated_at: created, pushed_at: created },
    url,
    html_url: `${web}/${fullName}`,
    git_url: `git://github.com/${fullName}.git`,
    ssh_url: `git@github.com:${fullName}.git`,
    clone_url: `${web}/${fullName}.git`,
    svn_url: `${web}/${fullName}`,
    ...Object.fromEntries(Object.entries(links).map(([name, path]) => [name, `${url}${path}`])),
  };
}
