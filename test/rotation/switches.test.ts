import { afterAll, describe, expect, test } from "vitest";
import { builtin } from "../../providers/index.js";
import { type Switches, switchDefaults, switchSchemas } from "../../services/sandbox/aws/switches.js";
import { pairsIn, pairwise } from "./pairwise.js";
import { allTroubles, type Round, type Row, startRows } from "./switch-row.js";

/** What of Secrets Manager is unknown, every value of it, or, of numbers, those that change something. The default first. */
const values = {
  retries: [3, 0],
  retrySpacingSeconds: [60, 0],
  rotationWindowSeconds: [3600, 0],
  retryToken: ["same", "fresh"],
  retryFrom: ["createSecret", "failed step"],
  functionTimeoutSeconds: [60, 30],
  invoke: ["sync", "async"],
  windowMoment: ["start", "middle", "end"],
  failedWindow: ["next window", "next day"],
  earlierPlan: ["dropped", "kept"],
  rulesRequired: [false, true],
  clearPendingSeconds: [0, 30, 7 * 86_400],
  pendingAtFlip: ["stays", "leaves"],
  oldToken: ["ignore", "refuse", "rerun"],
  tokenColons: ["accepted", "refused"],
  unlabelledVersions: ["refused", "readable"],
  emptyVersions: ["listed", "hidden"],
  foreignLabelsAtFlip: ["kept", "lost"],
  foreignLabelDuringRotation: ["tolerated", "fatal"],
  throwAfterFlip: ["retried", "succeeded"],
  pendingCreator: ["checked", "unchecked"],
  abortByFunction: ["abandons", "retried", "refused"],
  deleteDuringRotation: ["stops", "goes on"],
  readLagSeconds: [0, 1, 3, 5],
  listStaleSeconds: [0, 300],
  emptyListPages: ["none", "between"],
  versionQuota: [200, 100],
  quotas: ["off", "aws"],
} as const satisfies Record<keyof Switches, readonly unknown[]>;

const sizes = {
  provider: builtin.length,
  trouble: allTroubles.length,
  ...Object.fromEntries(Object.entries(values).map(([name, some]) => [name, some.length])),
};

/** Any two values of two switches, and each with each provider and each trouble, stand together in one row at least. */
const indexes = pairwise(sizes);
const matrix = indexes.map((row): Row => {
  const [provider] = builtin.slice(row.get("provider"));
  if (!provider) throw new Error("there are no providers");
  const switches = Object.entries(values).map(([name, some]) => [name, some[row.get(name) ?? 0]]);
  return {
    provider,
    trouble: allTroubles[row.get("trouble") ?? 0] ?? "none",
    switches: Object.fromEntries(switches),
  };
});

const turned: Round = { turned: true, currentWorks: true, stuck: false, strays: 0, leakLives: false };
const named = (row: Row) => {
  const usual = new Map<string, unknown>(Object.entries(switchDefaults));
  const unusual = Object.entries(row.switches).filter(([name, value]) => usual.get(name) !== value);
  return `${row.provider.id}, ${row.trouble}, ${unusual.map(([name, value]) => `${name}=${value}`).join(" ") || "as usual"}`;
};

/** The settings under which less holds: see the last tests. */
const cannotAbort = ({ switches, trouble }: Row) =>
  switches["abortByFunction"] === "refused" && trouble === "the new key leaks before setSecret";
const losesKeys = ({ provider, switches, trouble }: Row) =>
  provider.facts.lifetimeSeconds !== undefined &&
  trouble !== "none" &&
  switches["retryToken"] === "fresh" &&
  switches["unlabelledVersions"] === "refused";

const rows = await startRows();
afterAll(rows.close);

test("every value of every switch stands in the table, the default first", () => {
  const options = Object.entries(switchSchemas).flatMap(([name, schema]) =>
    "options" in schema ? [[name, [...schema.options].sort()]] : [],
  );
  const sorted = Object.entries(values).map(([name, some]): [string, unknown[]] => [name, [...some].sort()]);
  expect(sorted).toEqual(expect.arrayContaining(options));
  expect(Object.fromEntries(Object.entries(values).map(([name, [first]]) => [name, first]))).toEqual(
    switchDefaults,
  );
});

test("the rows leave no pair out", () => {
  const seen = new Set(indexes.flatMap((row) => pairsIn([...row])));
  const all = Object.values(sizes);
  const pairs = all.flatMap((size, index) => all.slice(index + 1).map((other) => size * other));
  expect(seen.size).toBe(pairs.reduce((sum, some) => sum + some, 0));
});

/** What must hold wherever nothing is known to be weaker. */
const well = { rounds: [turned, turned, turned, turned], mostLive: 2 };

describe("a key turns four times, whatever is unknown about AWS: never more than two live, the current one works", () => {
  const strict = matrix.filter((row) => !cannotAbort(row) && !losesKeys(row));
  test.each(strict.map((row) => [named(row), row] as const))("%s", async (_name, row) => {
    expect(await rows.run(row)).toMatchObject(well);
  });
});

const everyProvider = builtin.map((provider) => [provider.id, provider] as const);

describe("reads that lag by another number of seconds", () => {
  test.each(everyProvider)("%s", async (id, provider) => {
    const readLagSeconds = id.startsWith("github/") ? 2 : 4;
    expect(await rows.run({ provider, trouble: "none", switches: { readLagSeconds } })).toMatchObject(well);
  });
});

describe("where less holds", () => {
  test.each(everyProvider)(
    "%s: AWS lets no function end its own rotation: it stays open, nothing is promoted, and a human's hand on AWSPENDING mends it",
    async (_id, provider) => {
      const row: Row = {
        ...{ provider, trouble: "the new key leaks before setSecret" },
        switches: { abortByFunction: "refused", retries: 0 },
      };
      const { secretsManager } = rows.sandbox;
      const told = await rows.run(row, async (SecretId) => {
        const versions = secretsManager
          .describe()
          .flatMap((secret) => (secret.name === SecretId ? secret.versions : []));
        const RemoveFromVersionId = versions.find(({ stages }) => stages.includes("AWSPENDING"))?.id;
        await rows.aws.updateSecretVersionStage({
          SecretId,
          VersionStage: "AWSPENDING",
          RemoveFromVersionId,
        });
      });
      // A generated key is not known to its vendor yet.
      const known = provider.origin === "minted";
      const open = { ...turned, turned: false, stuck: true, strays: known ? 1 : 0, leakLives: known };
      expect(told).toMatchObject({ rounds: [turned, turned, open, turned], mostLive: 2 });
      expect(new Set(told.errors)).toEqual(new Set(["store_refused"]));
    },
  );

  const unlisted = everyProvider.filter(([, { facts }]) => facts.lifetimeSeconds !== undefined);
  test.each(unlisted)(
    "%s: each try has a version of its own, and the last one's can be read no more: its key lives out its hour",
    async (_id, provider) => {
      const row: Row = {
        provider,
        trouble: "createSecret dies at its end",
        switches: { retryToken: "fresh" },
      };
      expect(await rows.run(row)).toMatchObject({
        ...{ rounds: [turned, turned, { ...turned, strays: 1 }, turned], mostLive: 3 },
      });
      const readable = { ...row, switches: { ...row.switches, unlabelledVersions: "readable" } };
      expect(await rows.run(readable)).toMatchObject(well);
    },
  );
});
