import { Octokit } from "@octokit/rest";
import { describe, expect, it } from "vitest";
import { pageOf } from "../../../providers/github/fake/page.js";
import { openFake, publicKey } from "./fake-bench.js";

const fake = await openFake("github/deploy-key");
const keys = "/repos/customer-1/service/keys";
const count = 5;

/** Pages by their relation, as the `link` header of a page names them. */
function pages(link: string | null): Record<string, number> {
  const parts = [...(link ?? "").matchAll(/<([^>]+)>; rel="(\w+)"(?:, |$)/g)];
  return Object.fromEntries(
    parts.map(([, url = "", rel = ""]) => {
      const { origin, pathname, searchParams } = new URL(url);
      expect([origin, pathname, searchParams.get("per_page")]).toEqual([fake.served.url, keys, "2"]);
      return [rel, Number(searchParams.get("page"))];
    }),
  );
}

async function withKeys(): Promise<string> {
  const token = await fake.token();
  for (let made = 0; made < count; made++) {
    const body = { key: publicKey(), title: `key ${made}` };
    expect((await fake.ask("POST", keys, `token ${token}`, { body })).status).toBe(201);
  }
  return token;
}

describe("a list in pages", () => {
  it.each([
    ["", [0, 1], { next: 2, last: 3 }],
    ["&page=1", [0, 1], { next: 2, last: 3 }],
    ["&page=2", [2, 3], { prev: 1, next: 3, last: 3, first: 1 }],
    ["&page=3", [4], { prev: 2, first: 1 }],
    ["&page=9", [], { prev: 3, first: 1 }],
    ["&page=0", [0, 1], { next: 2, last: 3 }],
  ])("names the pages around ?per_page=2%s", async (query, titles, around) => {
    const token = await withKeys();
    const got = await fake.ask("GET", `${keys}?per_page=2${query}`, `token ${token}`);
    expect(got.list.map((key) => key["title"])).toEqual(titles.map((one) => `key ${one}`));
    expect(pages(got.headers.get("link"))).toEqual(around);
  });

  it("is whole by following the links, whatever the size of a page", async () => {
    const octokit = new Octokit({ baseUrl: fake.served.url, auth: await withKeys() });
    const titles = Array.from({ length: count }, (_, index) => `key ${index}`);
    const names = ["service", "website", "infrastructure"];
    for (let size = 1; size <= count + 1; size++) {
      const place = { owner: "customer-1", repo: "service", per_page: size };
      const all = await octokit.paginate(octokit.rest.repos.listDeployKeys, place);
      expect(
        all.map(({ title }) => title),
        String(size),
      ).toEqual(titles);
      const repositories = await octokit.paginate(octokit.rest.apps.listReposAccessibleToInstallation, {
        per_page: size,
      });
      expect(
        repositories.map(({ name }) => name),
        String(size),
      ).toEqual(names);
    }
  });

  it.each([
    ["", 30],
    ["?per_page=0", 30],
    ["?per_page=-1", 30],
    ["?per_page=x", 30],
    ["?per_page=100", 100],
    ["?per_page=1000", 100],
    ["?page=x&per_page=10", 10],
  ])("holds, with %j, %i at most", (query, expected) => {
    const { items, headers } = pageOf(
      { method: "GET", path: keys, query: new URLSearchParams(query), headers: {}, body: "" },
      Array.from({ length: 101 }, (_, index) => index),
    );
    expect(items).toHaveLength(expected);
    expect(headers["link"]).toMatch(
      /^<https:\/\/api\.github\.com\/repos\/.*page=2(&per_page=10)?>; rel="next", /,
    );
  });
});
