import { randomUUID } from "node:crypto";
import { inspect } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { builtin } from "../../providers/index.js";
import { Secret } from "../../providers/kit/secret.js";
import { findKeys, findSecrets, type Search } from "../../services/leak/find.js";
import { fingerprintOf } from "../../services/leak/fingerprint.js";
import { hitsIn, make } from "./keys.js";
import { hitOf, keyOf, openVault, places, type Vault, written } from "./vault.js";

describe("a match", () => {
  let own: Vault;
  beforeAll(async () => {
    own = await openVault();
  });
  afterAll(() => own.close());
  const findHere = (text: string, changes: Partial<Search> = {}) =>
    findSecrets(hitsIn(text), { store: own.store, providers: builtin, ...changes });
  const named = () => `here/${randomUUID()}`;

  it("tells a version that lost its labels as retired, and what it is while the secret rotates", async () => {
    const secret = own.stock(named(), { keys: 4 });
    own.ask("PutSecretValue", {
      ...{ SecretId: secret.name, ClientRequestToken: "the-pending-version-of-32-characters" },
      ...{
        SecretString: written("stripe/restricted-key", { apiKey: new Secret(make.restricted()) }).reveal(),
      },
      VersionStages: ["AWSPENDING"],
    });
    const { SecretString = "" } = await own.aws.getSecretValue({
      SecretId: secret.name,
      VersionStage: "AWSPENDING",
    });
    const pending: string = JSON.parse(SecretString).apiKey;
    const result = await findHere([keyOf(secret, 0), keyOf(secret, 3), pending].join("\n"));
    expect(result.matches.map(({ standing, by }) => `${standing} ${by}`)).toEqual([
      ...["retired tag", "current tag", "pending value"],
    ]);
  });

  it("is every version that holds the key: the copy that an abort wrote, too", async () => {
    const secret = own.stock(named());
    const { SecretString } = await own.aws.getSecretValue({ SecretId: secret.name });
    await own.aws.putSecretValue({ SecretId: secret.name, SecretString });
    const result = await findHere(keyOf(secret, 1));
    expect(places(result, secret)).toEqual([
      `${secret.name} -1 current value`,
      `${secret.name} 1 previous tag`,
    ]);
  });

  it("is told at the versions that still have labels, where the tags name others that held the key", async () => {
    const secret = own.stock(named());
    const { Tags = [] } = await own.aws.describeSecret({ SecretId: secret.name });
    const [print] = Tags.find(({ Key }) => Key === "keyturn:fp:0")?.Value?.split(" ") ?? [];
    const Value = `${print} ${randomUUID()} ${secret.versionIds[1]}`;
    await own.aws.tagResource({ SecretId: secret.name, Tags: [{ Key: "keyturn:fp:0", Value }] });
    expect(places(await findHere(keyOf(secret, 1)), secret)).toEqual([`${secret.name} 1 current tag`]);
  });

  it("is found though lists are five minutes old, and told as it is now", async () => {
    const [behind, ahead] = [own.stock(named(), { tagged: 2 }), own.stock(named())];
    await own.sandbox.timeline.advance(600_000);
    own.sandbox.secretsManager.set("listStaleSeconds", 300);
    const key = make.restricted();
    const SecretString = written("stripe/restricted-key", { apiKey: new Secret(key) }).reveal();
    for (const { name } of [behind, ahead]) await own.aws.putSecretValue({ SecretId: name, SecretString });
    const [fresh, moved] = [await findHere(key), await findHere(keyOf(ahead, 1))];
    own.sandbox.secretsManager.set("listStaleSeconds", 0);
    expect(fresh.matches.map(({ standing }) => standing)).toEqual(["current", "current"]);
    expect(places(moved, ahead)).toEqual([`${ahead.name} 1 previous tag`]);
  });

  it("may be in a secret that is scheduled for deletion, or in a replica, and says so", async () => {
    const [gone, copied] = [own.stock(named()), own.stock(named())];
    await own.aws.deleteSecret({ SecretId: gone.name, RecoveryWindowInDays: 7 });
    await own.aws.replicateSecretToRegions({
      SecretId: copied.name,
      AddReplicaRegions: [{ Region: "eu-west-1" }],
    });
    expect((await findHere(keyOf(gone, 1))).matches).toMatchObject([
      { secret: { scheduledForDeletion: true } },
    ]);
    const there = await findHere(keyOf(copied, 1), { store: own.storeIn("eu-west-1") });
    const here = await findHere(keyOf(copied, 1));
    expect(there.matches).toMatchObject([{ secret: { replicaOf: "us-east-1" }, standing: "current" }]);
    expect(here.matches[0]?.secret).not.toHaveProperty("replicaOf");
  });

  it("is found by value in a secret that nothing tags, by the name of its function or by what is declared", async () => {
    const untagged = { tagged: 0, untold: true } as const;
    const declared = own.stock(named(), {
      ...untagged,
      kind: "github/deploy-key",
      write: (key) => JSON.stringify({ SSH: key }),
    });
    const declaration = { provider: "github/deploy-key", fields: { privateKey: "SSH" } };
    const asDeclared = { declared: (name: string) => (name === declared.name ? declaration : undefined) };
    expect((await findHere(keyOf(declared, 1))).matches).toEqual([]);
    expect(places(await findHere(keyOf(declared, 1), asDeclared), declared)).toEqual([
      `${declared.name} 1 current value`,
    ]);

    const rotated = own.stock(named(), untagged);
    const arn = "arn:aws:lambda:us-east-1:123456789012:function:keyturn-live-stripe-restricted-key";
    own.sandbox.functions.register(arn, () => Promise.resolve(), "function");
    expect((await findHere(keyOf(rotated, 1))).matches).toEqual([]);
    await own.aws.rotateSecret({
      SecretId: rotated.name,
      RotationLambdaARN: arn,
      RotateImmediately: false,
      RotationRules: { AutomaticallyAfterDays: 30 },
    });
    expect(places(await findHere(keyOf(rotated, 0)), rotated)).toEqual([`${rotated.name} 0 previous value`]);
  });

  it("is no secret that holds the key for the application alone, or under another provider", async () => {
    const [key, other] = [make.restricted(), make.restricted()];
    const field = { apiKey: new Secret(other) };
    own.stock(named(), {
      tagged: 0,
      write: () => written("stripe/restricted-key", field, {}, { copied: key }).reveal(),
    });
    own.stock(named(), {
      tagged: 0,
      write: () => written("stripe/other", { apiKey: new Secret(key) }).reveal(),
    });
    own.stock(named(), { tagged: 0, write: () => key });
    own.stock(named(), { tagged: 0, write: () => '{"keyturn":{"v":1}}' });
    expect(await findHere(key)).toMatchObject({ matches: [], unmatched: [{}], unread: [] });
  });

  it("is found under the name that the declaration gave its field, and in a value that someone brought along", async () => {
    const renamed = own.stock(named(), {
      tagged: 0,
      write: (key) =>
        written("stripe/restricted-key", { apiKey: new Secret(key) }, { apiKey: "STRIPE" }).reveal(),
    });
    const brought = own.stock(named(), { tagged: 0, write: (apiKey) => JSON.stringify({ apiKey }) });
    expect((await findHere(keyOf(renamed, 1))).matches).toHaveLength(1);
    expect((await findHere(keyOf(brought, 1))).matches).toHaveLength(1);
  });

  it("of a kind without fingerprints is found by reading, whatever the tags say", async () => {
    const secret = own.stock(named());
    const weak = builtin.map(({ recognition, ...provider }) =>
      recognition ? { ...provider, recognition: { ...recognition, entropyBits: 64 } } : provider,
    );
    const hits = hitsIn(keyOf(secret, 1), { providers: weak, foreign: [] });
    const result = await findSecrets(hits, { store: own.store, providers: weak });
    expect(places(result, secret)).toEqual([`${secret.name} 1 current value`]);
  });

  it("is found by a fingerprint alone, of whatever kind, in tags and in values", async () => {
    const provider = builtin.find(({ id }) => id === "github/deploy-key") ?? { id: "a/b" as const };
    const [tagged, bare] = [0, 1].map((missing) =>
      own.stock(named(), { kind: provider.id, tagged: 2 - missing }),
    );
    for (const [secret, kind, by] of [
      [tagged, undefined, "tag"],
      [bare, undefined, "value"],
      [bare, provider.id, "value"],
    ] as const) {
      const fingerprint = fingerprintOf(provider, { privateKey: new Secret(keyOf(secret, 1)) });
      const sought = [{ fingerprint, ...(kind ? { kind } : {}) }];
      const { matches } = await findKeys(sought, { store: own.store, providers: builtin });
      expect(matches).toMatchObject([
        { hit: { fingerprint }, secret: { name: secret?.name }, standing: "current", by },
      ]);
    }
  });

  it("of a token with something behind it leaves the longer form out of what has none", async () => {
    const secret = own.stock(named());
    const longer = `${keyOf(secret, 1)}AndMore`;
    const result = await findHere(`${keyOf(secret, 1)} ${longer} ${make.restricted()}`);
    expect([result.matches.length, result.unmatched.length]).toEqual([1, 1]);
  });

  it("shows nothing of the key, however the result is printed", async () => {
    const secret = own.stock(named());
    const result = await findHere(keyOf(secret, 1));
    const shown = inspect(result, { depth: 9, showHidden: true }) + JSON.stringify(result);
    expect(shown.includes(keyOf(secret, 1).slice(0, 20))).toBe(false);
  });
});

describe("what cannot be looked into is told", () => {
  let own: Vault;
  beforeAll(async () => {
    own = await openVault();
  });
  afterAll(() => own.close());

  it("version by version, and stops nothing; errors of lists do", async () => {
    const [first, second] = [own.stock("a", { tagged: 0 }), own.stock("b", { tagged: 0 })];
    const deny = (operation: string, times: number) =>
      own.sandbox.faults.add({
        ...{ service: "secretsmanager", operation, times },
        fault: { kind: "status", status: 400, body: { __type: "AccessDeniedException", message: "no" } },
      });
    const findHere = (text: string, maxReads = 10) =>
      findSecrets([hitOf(text)], { store: own.store, providers: builtin, maxReads });
    deny("GetSecretValue", 2);
    const found = await findHere(keyOf(second, 1));
    expect(found.unread.map(({ reason }) => reason)).toEqual(["store_denied", "store_denied"]);
    expect(found.matches.length + found.unmatched.length).toBe(1);

    deny("DescribeSecret", 1);
    const stale = await findHere(make.restricted());
    expect(stale.unread).toEqual([{ secret: expect.stringMatching(/^[ab]$/), reason: "store_denied" }]);

    const bounded = await findHere(make.restricted(), 3);
    expect(bounded.unread).toEqual([
      expect.objectContaining({ reason: "enough_read", secret: expect.any(String) }),
    ]);

    deny("ListSecrets", 1);
    await expect(findHere(keyOf(first, 1))).rejects.toMatchObject({ code: "store_denied" });
  });
});
