import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { builtin } from "../../providers/index.js";
import { findSecrets, type Search } from "../../services/leak/find.js";
import { hitsIn, make } from "./keys.js";
import { keyOf, openVault, places, type Stocked, type Vault } from "./vault.js";

let vault: Vault;
/** All in their tags; the last five were rotated since those were written. The first hundred are of another kind. */
const secrets: Stocked[] = [];
const total = 1000;
const others = 100;

beforeAll(async () => {
  vault = await openVault();
  for (let index = 0; index < total; index++) {
    const how = index < total - 5 ? {} : { keys: 3, tagged: 2 };
    secrets.push(vault.stock(`app/${index}`, index < others ? { kind: "stripe/webhook-secret" } : how));
  }
});
afterAll(() => vault.close());

const search = (changes: Partial<Search> = {}): Search => ({
  store: vault.store,
  providers: builtin,
  ...changes,
});
const find = (text: string, changes?: Partial<Search>) =>
  vault.counting(() => findSecrets(hitsIn(text), search(changes)));

describe("among a thousand secrets", () => {
  it.each([
    ["current", 1],
    ["previous", 0],
  ])("a %s key is found in two calls, by its tag, and no value is read", async (standing, index) => {
    const { result, calls } = await find(`token: ${keyOf(secrets[437], index)}`);
    expect(places(result, ...secrets)).toEqual([`app/437 ${index} ${standing} tag`]);
    expect(calls).toEqual({ ListSecrets: 1, DescribeSecret: 1 });
    expect(result).toMatchObject({ unmatched: [], unread: [] });
  });

  it("twelve keys are found with two lists", async () => {
    const sought = Array.from({ length: 12 }, (_, index) => secrets[others + index * 50]);
    const { result, calls } = await find(sought.map((secret) => keyOf(secret, 1)).join("\n"));
    expect(result.matches.map(({ secret }) => secret.name)).toEqual(sought.map((secret) => secret?.name));
    expect(calls).toEqual({ ListSecrets: 2, DescribeSecret: 12 });
  });

  it("a key that came after the tags were written is found by reading those few versions that the tags do not name", async () => {
    const { result, calls } = await find(keyOf(secrets[997], 2));
    expect(places(result, ...secrets)).toEqual(["app/997 2 current value"]);
    expect(calls).toEqual({ ListSecrets: 1 + total / 100, GetSecretValue: 5, DescribeSecret: 1 });
  });

  it("a stranger's key is looked for in every secret of its kind, afresh, and no value is read that the tags tell of", async () => {
    const { result, calls } = await find(make.signing());
    expect(result).toMatchObject({ matches: [], unmatched: [{ kind: "stripe/webhook-secret" }], unread: [] });
    expect(calls).toEqual({ ListSecrets: 1 + total / 100, DescribeSecret: others });
  });

  it("a key of a kind that no secret holds costs lists alone; one that nothing rotates costs nothing", async () => {
    const { result, calls } = await find(make.privateKey());
    expect(result).toMatchObject({ matches: [], unmatched: [{ kind: "github/deploy-key" }] });
    expect(calls).toEqual({ ListSecrets: 1 + total / 100 });
    const foreign = await find(`sk_live_${make.restricted().slice(8)}`);
    expect(foreign.result).toMatchObject({ matches: [], unmatched: [{ kind: "stripe/secret-key" }] });
    expect(foreign.calls).toEqual({});
  });

  it("sixty keys are looked for in the lists alone", async () => {
    const { result, calls } = await find(
      secrets
        .slice(200, 260)
        .map((secret) => keyOf(secret, 0))
        .join("\n"),
    );
    expect(result.matches).toHaveLength(60);
    expect(calls).toEqual({ ListSecrets: total / 100, GetSecretValue: 5, DescribeSecret: 60 });
  });

  it("pages without entries are read past", async () => {
    vault.sandbox.secretsManager.set("emptyListPages", "between");
    const { result, calls } = await find(keyOf(secrets[998], 2));
    vault.sandbox.secretsManager.set("emptyListPages", "none");
    expect(places(result, ...secrets)).toEqual(["app/998 2 current value"]);
    expect(calls).toMatchObject({ ListSecrets: 2 + (2 * total) / 100 });
  });
});
