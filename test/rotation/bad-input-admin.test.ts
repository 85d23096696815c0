import { generateKeyPairSync, randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startBench } from "./bench.js";
import {
  eventFor,
  only,
  quick,
  refusal,
  refusedUnchanged,
  toSteady,
  type Vendor,
  vendors,
  type workingSteps,
} from "./refusal.js";
import { type Staged, stage } from "./staged.js";

type Opened = Awaited<ReturnType<typeof startBench>>;
type Admin = Readonly<Record<string, unknown>>;

const text = (bytes: number) => randomBytes(bytes).toString("hex");
const binary = Symbol("a binary value");
const rsa = () => generateKeyPairSync("rsa", { modulusLength: 2048 });
const ec = () => generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
const pem = (key: ReturnType<typeof ec>) => key.export({ type: "pkcs8", format: "pem" }).toString();
const sealed = (key: ReturnType<typeof ec>) =>
  key.export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: text(8) }).toString();

type Wrong = [string, string, (good: Admin) => unknown];
const unread: Wrong[] = [
  ["no JSON", "admin_invalid", (good) => String(Object.values(good).at(-1))],
  ["JSON cut short", "admin_invalid", (good) => JSON.stringify(good).slice(0, -1)],
  ["binary", "admin_invalid", () => binary],
  ["JSON null", "admin_rejected", () => "null"],
  ["a number", "admin_rejected", () => "1"],
  ["a list", "admin_rejected", (good) => [good]],
  ["an empty object", "admin_rejected", () => ({})],
  ["the credential and a field more", "admin_rejected", (good) => ({ ...good, note: "mine" })],
];
const wrong: Record<Vendor, readonly Wrong[]> = {
  github: [
    ["an App without its key", "admin_rejected", ({ appId }) => ({ appId })],
    ["a key without its App", "admin_rejected", ({ privateKey }) => ({ privateKey })],
    ["an App's id of no kind", "admin_rejected", (good) => ({ ...good, appId: -1 })],
    ["a key that is no PEM", "admin_rejected", (good) => ({ ...good, privateKey: text(60) })],
    [
      "a PEM cut short",
      "admin_rejected",
      (good) => ({ ...good, privateKey: `${good["privateKey"]}`.slice(0, 400) }),
    ],
    ["a key of another kind", "admin_rejected", (good) => ({ ...good, privateKey: pem(ec()) })],
    [
      "a key that needs a password",
      "admin_rejected",
      (good) => ({ ...good, privateKey: sealed(rsa().privateKey) }),
    ],
    [
      "a public key",
      "admin_rejected",
      (good) => ({ ...good, privateKey: rsa().publicKey.export({ type: "spki", format: "pem" }).toString() }),
    ],
  ],
  stripe: [
    ["an empty key", "admin_rejected", () => ({ appKey: "" })],
    ["a key with a line break", "admin_rejected", ({ appKey }) => ({ appKey: `${appKey}\n` })],
    ["a key that is no text", "admin_rejected", () => ({ appKey: 1 })],
    ["a key that nobody has", "admin_rejected", () => ({ appKey: `sk_test_${text(40)}` })],
    ["a key for live mode that nobody has", "admin_rejected", () => ({ appKey: `sk_live_${text(40)}` })],
  ],
};

const adminOf = (bench: Opened, vendor: Vendor) => bench[vendor].declaration.admin;
async function putAdmin(bench: Opened, vendor: Vendor, value: unknown): Promise<void> {
  const SecretString = typeof value === "string" ? value : JSON.stringify(value);
  const content = value === binary ? { SecretBinary: randomBytes(40) } : { SecretString };
  await bench.aws.putSecretValue({ SecretId: adminOf(bench, vendor), ...content });
}

describe.each(vendors)("%s: the admin secret", (vendor) => {
  let bench: Opened;
  let rotation: Staged;
  let good: Admin;
  beforeAll(async () => {
    bench = await toSteady(await startBench({ ...quick, providers: only(vendor) }), [vendor]);
    rotation = await stage(bench, bench[vendor]);
    const { SecretString } = await bench.aws.getSecretValue({ SecretId: adminOf(bench, vendor) });
    good = JSON.parse(SecretString ?? "");
  });
  afterAll(() => bench.close());

  const refused = (step: (typeof workingSteps)[number] = "createSecret") =>
    refusedUnchanged(bench, bench[vendor], () => rotation.run(step));

  it.each([...unread, ...wrong[vendor]])("that holds %s", async (_, code, change) => {
    await putAdmin(bench, vendor, change(good));
    expect(await refused()).toBe(code);
  });

  it("that does not exist, has no value, or is to be deleted", async () => {
    await bench.aws.createSecret({ Name: "admin/empty" });
    await bench.aws.createSecret({ Name: "admin/deleted", SecretString: JSON.stringify(good) });
    await bench.aws.deleteSecret({ SecretId: "admin/deleted" });
    const event = await eventFor(bench, bench[vendor], "createSecret", rotation.token);
    const codeWith = (admin: string) => {
      const { name, declaration } = bench[vendor];
      const declarations = { installation: "sandbox2", secrets: { [name]: { ...declaration, admin } } };
      return refusedUnchanged(bench, bench[vendor], () =>
        bench.invoke(bench[vendor], event, { declarations }),
      );
    };
    expect(await codeWith("admin/none")).toBe("admin_missing");
    expect(await codeWith("admin/empty")).toBe("admin_missing");
    expect(await codeWith("admin/deleted")).toBe("admin_unreadable");
  });

  it("is shown in no part, not even the names of its fields", async () => {
    const marker = `canary${text(12)}`;
    for (const odd of [
      { [marker]: 1 },
      { ...good, [marker]: 1 },
      `{"appKey": ${marker}`,
      { appId: marker },
    ]) {
      await putAdmin(bench, vendor, odd);
      const from = bench.log.length;
      const { message } = await refusal(bench, () => rotation.run("createSecret"));
      expect(`${message}${bench.log.slice(from).join("")}`).not.toContain(marker);
    }
  });

  it("is looked at in every step that asks the vendor; once it is right, the same rotation succeeds", async () => {
    await putAdmin(bench, vendor, good);
    await rotation.run("createSecret");
    await putAdmin(bench, vendor, "none");
    for (const step of ["testSecret", "finishSecret"] as const)
      expect(await refused(step)).toBe("admin_invalid");
    await putAdmin(bench, vendor, good);
    await rotation.runAll();
    expect((await bench.labels(bench[vendor]))[rotation.token]).toContain("AWSCURRENT");
  });
});

describe("github: a credential that only GitHub can tell from a good one", () => {
  it.each<[string, string, (good: Admin) => Admin]>([
    ["another App's key", "admin_rejected", (good) => ({ ...good, privateKey: pem(rsa().privateKey) })],
    ["another App's id", "config_invalid", (good) => ({ ...good, appId: 7 })],
  ])(
    "%s ends the previous token, as every rotation does first, and nothing else",
    async (_, code, change) => {
      const bench = await toSteady(await startBench({ ...quick, providers: only("github") }), ["github"]);
      try {
        const { SecretString } = await bench.aws.getSecretValue({ SecretId: adminOf(bench, "github") });
        await putAdmin(bench, "github", change(JSON.parse(SecretString ?? "")));
        const labels = await bench.labels(bench.github);
        const keys = bench.handles(bench.github, "all");
        const { errors, token } = await bench.rotate(bench.github);
        expect(errors).toMatchObject([{ step: "createSecret", name: code }]);
        expect(await bench.labels(bench.github)).toEqual({ ...labels, [token]: ["AWSPENDING"] });
        expect(bench.handles(bench.github, "all")).toEqual(keys);
        const current = await bench.value(bench.github, "AWSCURRENT");
        expect(bench.handles(bench.github, "live")).toEqual([current.keyturn.handle]);

        await putAdmin(bench, "github", JSON.parse(SecretString ?? ""));
        await bench.sandbox.timeline.advance(60_000);
        expect((await bench.labels(bench.github))[token]).toContain("AWSCURRENT");
      } finally {
        await bench.close();
      }
    },
  );
});
