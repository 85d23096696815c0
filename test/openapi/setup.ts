import { afterAll, afterEach, inject, vi } from "vitest";
import { newestVersion } from "../../providers/github/fake/versions.js";
import type { FakeRequest, FakeResponse } from "../../providers/kit/fake.js";
import { createChecker } from "./checker.js";
import { inNewestVersion } from "./newest-version.js";

const { description, folder } = inject("github");
const first = await createChecker(description, folder);
const newest = await createChecker(inNewestVersion(description), folder);
const counts: Record<string, number> = {};
const exchanges: { readonly request: FakeRequest; readonly response: FakeResponse }[] = [];

/** Keeps an exchange as it goes over the wire. It is looked at after the test: making validators holds up everything. */
function keep(request: FakeRequest, response: FakeResponse): FakeResponse {
  const { body } = response;
  const sent: unknown = body === undefined ? undefined : JSON.parse(JSON.stringify(body));
  exchanges.push({ request, response: { ...response, body: sent } });
  return response;
}

/** Every GitHub that the tests make, in a sandbox or by itself, is looked at. */
vi.mock("../../providers/github/fake/fake.js", async (load) => {
  const original = await load<typeof import("../../providers/github/fake/fake.js")>();
  return {
    ...original,
    createFakeGitHub: (lent: Parameters<typeof original.createFakeGitHub>[0]) => {
      const github = original.createFakeGitHub(lent);
      const handle = (request: FakeRequest) => {
        const answered = github.handle(request);
        if (!(answered instanceof Promise)) return keep(request, answered);
        return answered.then((response) => keep(request, response));
      };
      return { ...github, handle };
    },
  };
});

function nothingUndocumented(): void {
  const problems = exchanges.splice(0).flatMap(({ request, response }) => {
    const check = request.headers["x-github-api-version"] === newestVersion ? newest : first;
    const {
      operation = `${request.method} (no operation)`,
      status,
      problems: found,
    } = check(request, response);
    const name = `${operation} ${status}`;
    counts[name] = (counts[name] ?? 0) + 1;
    return found.map((problem) => `${name}: ${problem}`);
  });
  if (problems.length > 0) {
    const lines = [...new Set(problems)].join("\n");
    throw new Error(`Exchanges that are not as GitHub describes them:\n${lines}`);
  }
}

afterEach(({ task }) => {
  Object.assign(task.file.meta, { exchanges: counts });
  nothingUndocumented();
});
// What hooks around a whole file asked.
afterAll(nothingUndocumented);
