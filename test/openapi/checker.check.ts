import { expect, inject, test } from "vitest";
import type { FakeRequest, FakeResponse } from "../../providers/kit/fake.js";
import { createChecker } from "./checker.js";
import { inNewestVersion } from "./newest-version.js";
import { subsetOf } from "./subset.js";

const { description, folder } = inject("github");
const check = await createChecker(description, folder);
const checkNewest = await createChecker(inNewestVersion(description), folder);

const keysPath = "/repos/customer/service/keys";
const key = {
  ...{ id: 1, key: "ssh-ed25519 AAAA", url: `https://api.github.com${keysPath}/1`, title: "a" },
  ...{ verified: true, created_at: "2026-03-01T12:00:00Z", read_only: true },
};
const refused = {
  message: "Bad credentials",
  documentation_url: "https://docs.github.com/rest",
  status: "401",
};
const limits = { limit: 1, used: 0, remaining: 1, reset: 1 };

function found(line: string, response: FakeResponse, body: unknown = "", by = check): readonly string[] {
  const [method = "", address = ""] = line.split(" ");
  const { pathname: path, searchParams: query } = new URL(address, "http://fake");
  const headers = { "content-type": "application/json; charset=utf-8" };
  const request: FakeRequest = { method, path, query, headers, body: body ? JSON.stringify(body) : "" };
  return by(request, response).problems;
}

test.each<[string, FakeResponse, unknown?]>([
  [`POST ${keysPath}`, { status: 201, body: key }, { key: key.key }],
  [`GET ${keysPath}?per_page=100`, { status: 200, headers: { link: "<a>" }, body: [key] }],
  [`GET ${keysPath}/1`, { status: 401, body: refused }],
  [`GET ${keysPath}?surplus=1`, { status: 401, body: refused }],
  [`HEAD ${keysPath}`, { status: 200 }],
  ["DELETE /installation/token", { status: 204 }],
  ["GET /nowhere", { status: 404, body: refused }],
  ["GET /rate_limit", { status: 200, body: { resources: { core: limits, search: limits }, rate: limits } }],
])("%s %o: as documented", (line, response, body) => {
  expect(found(line, response, body)).toEqual([]);
});

test.each<[string, FakeResponse, string, unknown?]>([
  [`GET ${keysPath}`, { status: 200, body: key }, "answer: must be array"],
  [`GET ${keysPath}/1`, { status: 200 }, "answer: must be object"],
  [`GET ${keysPath}/1`, { status: 200, body: { ...key, id: "1" } }, "answer/id: must be integer"],
  [
    `GET ${keysPath}/1`,
    { status: 200, body: { ...key, url: undefined, title: undefined } },
    "answer: must have required property 'url'",
  ],
  ["GET /app", { status: 200, body: { html_url: "nowhere" } }, 'answer/html_url: must match format "uri"'],
  [
    "POST /app/installations/1/access_tokens",
    {
      status: 201,
      body: { token: "none", expires_at: "2026-03-01T12:00:00Z", repository_selection: "some" },
    },
    'answer/repository_selection: must be equal to one of the allowed values (["all","selected"])',
  ],
  ["DELETE /installation/token", { status: 204, body: {} }, "answer: no body is documented"],
  ["DELETE /installation/token", { status: 200, body: {} }, "status 200 is documented nowhere"],
  ["DELETE /installation/token", { status: 418, body: refused }, "status 418 is documented nowhere"],
  ["GET /nowhere", { status: 200, body: {} }, "status 200 is documented nowhere"],
  ["PATCH /app", { status: 200, body: {} }, "status 200 is documented nowhere"],
  [
    "GET /app",
    { status: 401, body: { message: "Bad credentials" } },
    "answer: must have required property 'documentation_url'",
  ],
  ["GET /app", { status: 401, body: { ...refused, message: 1 } }, "answer/message: must be string"],
  [
    "GET /rate_limit",
    {
      status: 200,
      headers: { "x-ratelimit-limit": "many" },
      body: { resources: { core: limits, search: limits }, rate: limits },
    },
    "header/headers/x-ratelimit-limit: must be integer",
  ],
  [
    `POST ${keysPath}`,
    { status: 201, body: key },
    "request/requestBody: must have required property 'key'",
    { title: "a" },
  ],
  [`POST ${keysPath}`, { status: 201, body: key }, "request: must have required property 'requestBody'"],
  [
    `GET ${keysPath}?surplus=1`,
    { status: 200, body: [] },
    'request/query: must NOT have additional properties ("surplus")',
  ],
])("%s %o: %s", (line, response, problem, body) => {
  expect(found(line, response, body)).toContain(problem);
});

test.each<[string, FakeResponse, string]>([
  [
    "GET /rate_limit",
    { status: 200, body: { resources: { core: limits, search: limits }, rate: limits } },
    "answer/rate: must NOT be valid",
  ],
  ["DELETE /app/installations/1", { status: 204 }, "status 204 is documented nowhere"],
])("in the newest version %s %o: %s", (line, response, problem) => {
  expect(found(line, response)).toEqual([]);
  expect(found(line, response, "", checkNewest)).toEqual([problem]);
});

test.each<[string, FakeResponse]>([
  ["GET /rate_limit", { status: 200, body: { resources: { core: limits, search: limits } } }],
  ["DELETE /app/installations/1", { status: 202, body: {} }],
])("in the newest version %s %o: as documented", (line, response) => {
  expect(found(line, response, "", checkNewest)).toEqual([]);
  expect(found(line, response)).not.toEqual([]);
});

test("a change to what the description does not have is refused", () => {
  expect(() => inNewestVersion({ ...description, paths: {} })).toThrow(/has no \/app\/installations/);
});

test("an operation that GitHub's description does not have is no part of a subset", () => {
  expect(() => subsetOf(description, ["GET /nowhere"])).toThrow(/has no GET \/nowhere$/);
});
