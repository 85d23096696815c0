import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { stepNames } from "../../services/rotation/event.js";
import { eventFor, type Midway, midway, refusal, refusedUnchanged, type Vendor, vendors } from "./refusal.js";

let bench: Midway["bench"];
let rotations: Midway["rotations"];
beforeAll(async () => {
  ({ bench, rotations } = await midway());
});
afterAll(() => bench.close());

type Change = Readonly<Record<string, unknown>>;

/** The function's declarations with changes to the secret's own; `undefined` takes a field away. */
function declared(vendor: Vendor, change: Change): unknown {
  const { name, declaration } = bench[vendor];
  const changed = Object.entries({ ...declaration, ...change }).filter(([, value]) => value !== undefined);
  return { installation: "sandbox2", secrets: { [name]: Object.fromEntries(changed) } };
}

const run = async (vendor: Vendor, declarations: unknown, step: (typeof stepNames)[number]) =>
  bench.invoke(bench[vendor], await eventFor(bench, bench[vendor], step, rotations[vendor].token), {
    declarations,
  });
const refuse = (vendor: Vendor, declarations: unknown, step: (typeof stepNames)[number] = "createSecret") =>
  refusedUnchanged(bench, bench[vendor], () => run(vendor, declarations, step));
const message = async (vendor: Vendor, change: Change) =>
  (await refusal(bench, () => run(vendor, declared(vendor, change), "createSecret"))).message;

describe("the declarations as a whole", () => {
  const secrets = () => ({ [bench.github.name]: { ...bench.github.declaration } });
  it.each<[string, () => unknown]>([
    ["are missing", () => undefined],
    ["are null", () => null],
    ["are text", () => JSON.stringify({ installation: "sandbox2", secrets: secrets() })],
    ["are a list", () => [{ installation: "sandbox2", secrets: secrets() }]],
    ["have no installation", () => ({ secrets: secrets() })],
    ["have an installation of another alphabet", () => ({ installation: "SANDBOX1", secrets: secrets() })],
    ["have a short installation", () => ({ installation: "abc", secrets: secrets() })],
    ["have no secrets", () => ({ installation: "sandbox2" })],
    ["list their secrets", () => ({ installation: "sandbox2", secrets: [secrets()] })],
    ["have a field more", () => ({ installation: "sandbox2", secrets: secrets(), region: "eu" })],
    [
      "have another secret that is wrong",
      () => ({ installation: "sandbox2", secrets: { ...secrets(), x: 1 } }),
    ],
  ])("%s", async (_, declarations) => {
    expect(await refuse("github", declarations())).toBe("declaration_invalid");
  });

  it.each(stepNames)("are looked at in %s", async (step) => {
    expect(await refuse("github", { installation: "sandbox2" }, step)).toBe("declaration_invalid");
  });

  it("without this secret do not cover it", async () => {
    expect(await refuse("github", { installation: "sandbox2", secrets: {} })).toBe("secret_undeclared");
  });
});

describe.each(vendors)("%s: the secret's declaration", (vendor) => {
  it.each<[string, Change, RegExp]>([
    ["no provider", { provider: undefined }, /provider: /],
    ["a provider without a vendor", { provider: "token" }, /provider: expected <vendor>\/<kind>/],
    ["no config", { config: undefined }, /config: /],
    ["a config that is text", { config: "none" }, /config: .*expected record/],
    ["a config that is a list", { config: [] }, /config: .*expected record/],
    ["no admin secret", { admin: undefined }, /admin: /],
    ["an admin secret of an odd name", { admin: "arn:aws:x" }, /admin: expected a Secrets Manager name/],
    ["no interval", { every: undefined }, /every: /],
    ["a number for an interval", { every: 45 }, /every: /],
    ["an interval without a unit", { every: "45" }, /every: expected a duration/],
    ["a negative interval", { every: "-45m" }, /every: expected a duration/],
    ["an interval of nothing", { every: "0s" }, /every 0s, but/],
    ["an overlap as long as the interval", { every: "40m", overlap: "40m" }, /overlap 40m/],
    ["an overlap that is no duration", { overlap: "an hour" }, /overlap: expected a duration/],
    ["a field more", { interval: "1d" }, /interval/],
    ["a name for a field that is unknown", { fields: { password: "A" } }, /fields names password/],
    ["an empty name for a field", { fields: { token: "", apiKey: "" } }, /fields\./],
    ["an endpoint without TLS", { endpoint: "http://api.example.com" }, /endpoint: expected an https URL/],
    ["an endpoint with a password", { endpoint: "https://a:b@example.com" }, /endpoint: expected an https/],
    ["an endpoint with a query", { endpoint: "https://example.com/?a" }, /endpoint: expected an https URL/],
    ["an endpoint of another scheme", { endpoint: "file:///etc" }, /endpoint: expected an https URL/],
    ["an endpoint that is no URL", { endpoint: "example.com" }, /endpoint: expected an https URL/],
  ])("with %s is declaration_invalid and says where", async (_, change, where) => {
    expect(await refuse(vendor, declared(vendor, change))).toBe("declaration_invalid");
    expect(await message(vendor, change)).toMatch(where);
  });

  it("with a reserved name for a field is declaration_invalid", async () => {
    const fields = vendor === "github" ? { token: "keyturn" } : { apiKey: "keyturn" };
    expect(await refuse(vendor, declared(vendor, { fields }))).toBe("declaration_invalid");
  });
});

it("an interval longer than the key's own life is declaration_invalid", async () => {
  expect(await refuse("github", declared("github", { every: "59m" }))).toBe("declaration_invalid");
  expect(await message("github", { every: "59m" })).toMatch(/Rotate at least every 54m/);
});

describe("the provider's config", () => {
  const github = { installationId: 50_000_001, repositories: ["service"] };
  const stripe = { account: "acct_1AbcDefGhiJkl", permissions: ["customer_read"] };
  it.each<[Vendor, string, unknown, RegExp]>([
    ["github", "empty", {}, /installationId/],
    ["github", "with text for a number", { ...github, installationId: "50000001" }, /installationId/],
    ["github", "with an id of 0", { ...github, installationId: 0 }, /installationId/],
    ["github", "with a field more", { ...github, owner: "me" }, /expected an object of installationId/],
    ["github", "with no repository", { ...github, repositories: [] }, /repositories: expected 1 to 500/],
    ["github", "with an owner before a name", { ...github, repositories: ["me/a"] }, /repositories\.0/],
    ["github", "with both ways to name", { ...github, repositoryIds: [1] }, /repositoryIds: .*not both/],
    ["github", "with an odd permission", { ...github, permissions: { contents: "all" } }, /permissions\./],
    ["stripe", "empty", {}, /account/],
    ["stripe", "with a number for an account", { ...stripe, account: 1 }, /account/],
    ["stripe", "with another kind of id", { ...stripe, account: "cus_1Abc" }, /account: must be/],
    ["stripe", "without permissions", { account: stripe.account }, /permissions/],
    ["stripe", "with no permission", { ...stripe, permissions: [] }, /permissions: must name at least one/],
    ["stripe", "with text for a list", { ...stripe, permissions: "customer_read" }, /permissions/],
    ["stripe", "with one named twice", { ...stripe, permissions: ["a_read", "a_read"] }, /permissions/],
    ["stripe", "with a field more", { ...stripe, name: "a" }, /exactly `account` and `permissions`/],
  ])("%s: %s is config_invalid and says where", async (vendor, _, config, where) => {
    const declarations = declared(vendor, { config });
    expect(await refuse(vendor, declarations)).toBe("config_invalid");
    expect(await message(vendor, { config })).toMatch(where);
  });

  it.each(stepNames)("is looked at in %s", async (step) => {
    expect(await refuse("stripe", declared("stripe", { config: {} }), step)).toBe("config_invalid");
  });
});

it.each(vendors)("%s: after all this the same rotation succeeds", async (vendor) => {
  await rotations[vendor].runAll();
  expect((await bench.labels(bench[vendor]))[rotations[vendor].token]).toContain("AWSCURRENT");
});
