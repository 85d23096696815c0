import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, expect, it } from "vitest";
import { builtin } from "../../providers/index.js";
import { Secret } from "../../providers/kit/secret.js";
import { findSecrets } from "../../services/leak/find.js";
import { fingerprintOf } from "../../services/leak/fingerprint.js";
import { heldKey, writeRing } from "../../services/leak/write-ring.js";
import { parseValue } from "../../services/store/value.js";
import { hitsIn, make } from "./keys.js";
import { openVault, type Stocked, type Vault, written } from "./vault.js";

const kind = "stripe/restricted-key";
let vault: Vault;
beforeAll(async () => {
  vault = await openVault();
});
afterAll(() => vault.close());

/** A secret without tags, but someone else's. */
const bare = () =>
  vault.stock(`app/${randomBytes(6).toString("hex")}`, {
    tagged: 0,
    untold: true,
    tags: { team: "payments" },
  });
const fingerprints = ({ keys }: Stocked) => {
  const provider = builtin.find(({ id }) => id === kind) ?? { id: kind, recognition: undefined };
  return keys.map((key) => fingerprintOf(provider, { apiKey: new Secret(key) }));
};
const held = (secret: Stocked) =>
  fingerprints(secret).map((fingerprint, index) => ({
    versionId: secret.versionIds[index] ?? "",
    fingerprint,
  }));
const tagsOf = async ({ name }: Stocked) => {
  const { Tags = [] } = await vault.aws.describeSecret({ SecretId: name });
  return Object.fromEntries(Tags.map(({ Key = "", Value }) => [Key, Value]));
};

it("writes which keys the versions hold, and whose they are, in two calls; a search then reads no value", async () => {
  const secret = bare();
  const { result, calls } = await vault.counting(() =>
    writeRing(vault.store, secret.name, kind, held(secret)),
  );
  expect([result, calls]).toEqual(["written", { DescribeSecret: 1, TagResource: 1 }]);
  const [previous, current] = fingerprints(secret);
  expect(await tagsOf(secret)).toEqual({
    ...{ team: "payments", "keyturn:provider": kind },
    "keyturn:fp:0": `${current} ${secret.versionIds[1]}`,
    "keyturn:fp:1": `${previous} ${secret.versionIds[0]}`,
  });
  const found = await vault.counting(() =>
    findSecrets(hitsIn(secret.keys.join(" ")), { store: vault.store, providers: builtin }),
  );
  expect(found.result.matches.map(({ standing }) => standing)).toEqual(["previous", "current"]);
  expect(found.calls).toEqual({ ListSecrets: 1, DescribeSecret: 1 });
});

it("changes nothing where it knows all, and adds what is new in front, whoever wrote last", async () => {
  const secret = vault.stock("app/more", { keys: 3, tagged: 2 });
  const before = await tagsOf(secret);
  const first = await vault.counting(() =>
    writeRing(vault.store, secret.name, kind, held(secret).slice(0, 2)),
  );
  expect([first.result, first.calls]).toEqual(["unchanged", { DescribeSecret: 1 }]);
  expect(await tagsOf(secret)).toEqual(before);
  await Promise.all([1, 2].map(() => writeRing(vault.store, secret.name, kind, held(secret))));
  const after = await tagsOf(secret);
  expect([0, 1, 2].map((slot) => after[`keyturn:fp:${slot}`]?.slice(0, 32))).toEqual(
    fingerprints(secret).reverse(),
  );
});

it("keeps the latest five of all that a secret had", async () => {
  const secret = vault.stock("app/seven", { keys: 7, tagged: 0 });
  for (const one of held(secret)) await writeRing(vault.store, secret.name, kind, [one]);
  const tags = await tagsOf(secret);
  const slots = Object.keys(tags).filter((key) => key.startsWith("keyturn:fp:"));
  expect(slots.sort().map((slot) => tags[slot]?.slice(0, 32))).toEqual(
    fingerprints(secret).reverse().slice(0, 5),
  );
});

it("takes what a version holds from its value: a key, or nothing", () => {
  const key = make.restricted();
  const provider = builtin.find(({ id }) => id === kind) ?? { id: kind };
  const reader = { secret: "app/key", versionId: "v1", provider: kind, fields: { apiKey: "apiKey" } };
  const [fingerprint] = hitsIn(key).flatMap((hit) => (hit.rotated ? hit.fingerprint : []));
  const value = parseValue(written(kind, { apiKey: new Secret(key) }), reader);
  expect(heldKey(provider, "v1", value)).toEqual({ versionId: "v1", fingerprint });
  const placeholder = parseValue(new Secret('{"keyturn":{"v":1}}'), reader);
  expect(heldKey(provider, "v1", placeholder)).toEqual({ versionId: "v1", fingerprint: undefined });
  expect(heldKey(provider, "v1", undefined)).toEqual({ versionId: "v1", fingerprint: undefined });
});

it("leaves out a key that has no fingerprint", async () => {
  const secret = bare();
  expect(await writeRing(vault.store, secret.name, kind, [{ versionId: "v", fingerprint: undefined }])).toBe(
    "written",
  );
  expect(await tagsOf(secret)).toEqual({ team: "payments", "keyturn:provider": kind });
});

it("writes nothing while a rotation is open", async () => {
  const secret = bare();
  vault.ask("PutSecretValue", {
    ...{ SecretId: secret.name, SecretString: "{}", VersionStages: ["AWSPENDING"] },
    ClientRequestToken: "a-version-that-is-not-current-yet",
  });
  const { result, calls } = await vault.counting(() =>
    writeRing(vault.store, secret.name, kind, held(secret)),
  );
  expect([result, calls]).toEqual(["rotating", { DescribeSecret: 1 }]);
  expect(await tagsOf(secret)).toEqual({ team: "payments" });
});

it("fails, and leaves the tags, where the secret can take no more of them or is gone", async () => {
  const tags = Object.fromEntries(Array.from({ length: 49 }, (_, index) => [`tag-${index}`, "x"]));
  const secret = vault.stock("app/full", { tagged: 0, tags });
  const before = await tagsOf(secret);
  await expect(writeRing(vault.store, secret.name, kind, held(secret))).rejects.toMatchObject({
    code: "store_refused",
  });
  expect(await tagsOf(secret)).toEqual(before);
  await expect(writeRing(vault.store, "app/none", kind, [])).rejects.toMatchObject({ code: "store_missing" });
});
