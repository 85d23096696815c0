import type { SortByType } from "@aws-sdk/client-secrets-manager";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { newToken, startSecretsManager } from "./harness.js";

const aws = await startSecretsManager(afterAll);
const { client, timeline, manager, refusal } = aws;
const SecretId = "b";
/** In the order they are made. Two are made at a time. */
const names = ["d", "a", "c", "b", "e", "g", "f"];
let versionIds: readonly string[] = [];

async function prepare() {
  aws.reset();
  for (const [index, Name] of names.entries()) {
    if (index % 2 === 0) await timeline.advance(1000);
    await client.createSecret({ Name, SecretString: `value of ${Name}` });
  }
  // Changed and accessed in other orders than made.
  for (const Name of ["e", "a", "f"]) {
    await timeline.advance(86_400_000);
    await client.tagResource({ SecretId: Name, Tags: [{ Key: "t", Value: "v" }] });
    await client.getSecretValue({ SecretId: Name === "f" ? "c" : Name });
  }
  for (let n = 0; n < 5; n++) {
    await client.putSecretValue({ SecretId, SecretString: `${n}`, ClientRequestToken: newToken() });
  }
  const { Versions = [] } = await client.listSecretVersionIds({ SecretId, IncludeDeprecated: true });
  versionIds = Versions.map(({ VersionId = "" }) => VersionId);
}

type Page = { readonly ids: readonly (string | undefined)[]; readonly next: string | undefined };
type List = (MaxResults: number | undefined, NextToken?: string) => Promise<Page>;

const secrets =
  (more = {}): List =>
  async (MaxResults, NextToken) => {
    const page = await client.listSecrets({ MaxResults, NextToken, ...more });
    return { ids: (page.SecretList ?? []).map(({ Name }) => Name), next: page.NextToken };
  };
const versions =
  (more = {}): List =>
  async (MaxResults, NextToken) => {
    const page = await client.listSecretVersionIds({ SecretId, MaxResults, NextToken, ...more });
    return { ids: (page.Versions ?? []).map(({ VersionId }) => VersionId), next: page.NextToken };
  };
const batch =
  (more = {}): List =>
  async (MaxResults, NextToken) => {
    const page = await client.batchGetSecretValue({ MaxResults, NextToken, Filters: [], ...more });
    return { ids: (page.SecretValues ?? []).map(({ Name }) => Name), next: page.NextToken };
  };

const pagesOf = async (list: List, size?: number) => {
  const pages = [await list(size)];
  for (let next = pages[0]?.next; next !== undefined; next = pages.at(-1)?.next) {
    pages.push(await list(size, next));
  }
  return pages.map(({ ids }) => ids);
};
const sorted = (SortBy: SortByType, SortOrder?: "asc" | "desc") => secrets({ SortBy, SortOrder });

const lists: readonly [string, List, () => readonly string[]][] = [
  ["ListSecrets", secrets(), () => names],
  ["ListSecrets, newest first", secrets({ SortOrder: "desc" }), () => names.toReversed()],
  ["ListSecrets, asc", secrets({ SortOrder: "asc" }), () => names],
  ["ListSecrets by created-date", sorted("created-date"), () => names],
  ["ListSecrets by name", sorted("name"), () => names.toSorted()],
  ["ListSecrets by name, desc", sorted("name", "desc"), () => names.toSorted().toReversed()],
  [
    "ListSecrets by last-changed-date",
    sorted("last-changed-date"),
    () => ["d", "c", "g", "e", "a", "b", "f"],
  ],
  [
    "ListSecrets by last-accessed-date",
    sorted("last-accessed-date"),
    () => ["d", "b", "g", "f", "e", "a", "c"],
  ],
  [
    "ListSecrets by last-accessed-date, desc",
    sorted("last-accessed-date", "desc"),
    () => ["c", "a", "e", "f", "g", "b", "d"],
  ],
  [
    "ListSecrets with a filter",
    secrets({ Filters: [{ Key: "tag-key", Values: ["!t"] }] }),
    () => ["d", "c", "b", "g"],
  ],
  ["ListSecretVersionIds", versions(), () => versionIds.slice(-2)],
  ["ListSecretVersionIds, deprecated too", versions({ IncludeDeprecated: true }), () => versionIds],
  ["BatchGetSecretValue", batch(), () => names],
  [
    "BatchGetSecretValue with a filter",
    batch({ Filters: [{ Key: "tag-key", Values: ["t"] }] }),
    () => ["a", "e", "f"],
  ],
];

describe.each(lists)("%s", (_, list, expected) => {
  beforeAll(prepare);

  test("gives the same in pages of any size", async () => {
    const whole = expected();
    expect(await pagesOf(list)).toEqual([whole]);
    for (let size = 1; size <= whole.length + 1; size++) {
      const pages = await pagesOf(list, size);
      expect(pages.flat(), `pages of ${size}`).toEqual(whole);
      expect(pages.map((page) => page.length)).toEqual(
        Array.from({ length: Math.ceil(whole.length / size) }, (_, index) =>
          Math.min(size, whole.length - index * size),
        ),
      );
    }
  });

  test("and with empty pages between them", async () => {
    manager.set("emptyListPages", "between");
    for (const size of [1, 2, 20]) {
      const pages = await pagesOf(list, size);
      expect(pages.flat()).toEqual(expected());
      const isEmpty = (page: readonly unknown[]) => page.length === 0;
      expect(pages.map(isEmpty)).toEqual(pages.map((_, index) => index % 2 === 0));
    }
    manager.set("emptyListPages", "none");
  });

  test("goes on in pages of another size", async () => {
    const first = await list(1);
    const rest = await list(20, first.next);
    expect([...first.ids, ...rest.ids]).toEqual(expected());
  });
});

test("there are at most a hundred on a page, twenty of a batch", async () => {
  await prepare();
  for (let n = 0; n < 101; n++) await client.createSecret({ Name: `n${n}`, SecretString: "x" });
  expect((await pagesOf(secrets())).map(({ length }) => length)).toEqual([100, 8]);
  expect((await pagesOf(batch())).map(({ length }) => length)).toEqual([20, 20, 20, 20, 20, 8]);
  // The oldest version, without labels for days, goes.
  for (let n = 0; n < 100; n++) await client.putSecretValue({ SecretId, SecretString: `${n}` });
  expect((await pagesOf(versions({ IncludeDeprecated: true }))).map(({ length }) => length)).toEqual([
    100, 5,
  ]);
});

test("secrets that go, or come, between two pages move no other", async () => {
  await prepare();
  const first = await secrets()(3);
  await client.deleteSecret({ SecretId: "c", ForceDeleteWithoutRecovery: true });
  await client.deleteSecret({ SecretId: "d", ForceDeleteWithoutRecovery: true });
  await client.createSecret({ Name: "new", SecretString: "x" });
  expect((await secrets()(10, first.next)).ids).toEqual(["b", "e", "g", "f", "new"]);
});

describe("a NextToken is good for the same question only", () => {
  beforeAll(prepare);

  const invalid = "InvalidNextTokenException: The NextToken value is invalid.";
  const filter = { Filters: [{ Key: "name" as const, Values: ["!x"] }] };
  const other = { Filters: [{ Key: "name" as const, Values: ["!q"] }] };
  const elsewhere = aws.connect({ region: "us-east-1" });
  const askers: Readonly<
    Record<string, (NextToken?: string) => Promise<{ NextToken?: string | undefined }>>
  > = {
    secrets: (NextToken) => client.listSecrets({ MaxResults: 1, NextToken }),
    "secrets, filtered": (NextToken) => client.listSecrets({ MaxResults: 1, NextToken, ...filter }),
    "secrets, sorted": (NextToken) => client.listSecrets({ MaxResults: 1, NextToken, SortBy: "name" }),
    "secrets, reversed": (NextToken) => client.listSecrets({ MaxResults: 1, NextToken, SortOrder: "desc" }),
    "secrets, deleted too": (NextToken) =>
      client.listSecrets({ MaxResults: 1, NextToken, IncludePlannedDeletion: true }),
    "secrets of another region": (NextToken) => elsewhere.listSecrets({ MaxResults: 1, NextToken }),
    versions: (NextToken) => client.listSecretVersionIds({ SecretId, MaxResults: 1, NextToken }),
    "versions, deprecated too": (NextToken) =>
      client.listSecretVersionIds({ SecretId, MaxResults: 1, NextToken, IncludeDeprecated: true }),
    "versions of another secret": (NextToken) =>
      client.listSecretVersionIds({ SecretId: "a", MaxResults: 1, NextToken, IncludeDeprecated: true }),
    values: (NextToken) => client.batchGetSecretValue({ MaxResults: 1, NextToken, ...filter }),
    "values, filtered otherwise": (NextToken) =>
      client.batchGetSecretValue({ MaxResults: 1, NextToken, ...other }),
    "values, all": (NextToken) => client.batchGetSecretValue({ MaxResults: 1, NextToken, Filters: [] }),
    "values of another region": (NextToken) =>
      elsewhere.batchGetSecretValue({ MaxResults: 1, NextToken, ...other }),
  };

  test("whoever gave it", async () => {
    await client.putSecretValue({ SecretId: "a", SecretString: "second" });
    for (const Name of ["x", "y"]) await elsewhere.createSecret({ Name, SecretString: "x" });
    for (const [giver, give] of Object.entries(askers)) {
      const { NextToken } = await give();
      expect(NextToken, giver).toMatch(/^[\w-]{1,4096}$/);
      for (const [asker, ask] of Object.entries(askers)) {
        const answer = await refusal(ask(NextToken));
        expect(answer, `${giver} → ${asker}`).toBe(asker === giver ? "no error" : invalid);
      }
    }
  });

  test("and nothing that was made up", async () => {
    const { NextToken = "" } = await client.listSecrets({ MaxResults: 1 });
    const made = (cursor: unknown) => Buffer.from(JSON.stringify(cursor)).toString("base64url");
    const given: unknown = JSON.parse(Buffer.from(NextToken, "base64url").toString());
    const forged = ["x", "!", "e30", NextToken.slice(1), NextToken.slice(0, -3), made(null), made([])];
    for (const token of [
      ...forged,
      made({ ...Object(given), after: ["a"] }),
      made({ ...Object(given), more: 1 }),
    ]) {
      expect(await refusal(client.listSecrets({ MaxResults: 1, NextToken: token })), token).toBe(invalid);
    }
  });
});
