import { describe, expect, it } from "vitest";
import * as z from "zod/mini";
import { type Bench, openBench, type Stored } from "./bench.js";
import { only, quick, refusal, refusedUnchanged, toSteady, turns, type Vendor, vendors } from "./refusal.js";
import { stage } from "./staged.js";

const open = async (vendor: Vendor) =>
  toSteady(await openBench({ ...quick, providers: only(vendor) }), [vendor]);
const put = (bench: Bench, vendor: Vendor, value: unknown) =>
  bench.aws.putSecretValue({
    ...{
      SecretId: bench[vendor].name,
      SecretString: typeof value === "string" ? value : JSON.stringify(value),
    },
  });
const withRecord = (value: Stored, change: Readonly<Record<string, unknown>>) => ({
  ...value,
  keyturn: { ...value.keyturn, ...change },
});

/** The declared config, asking for more. */
function wider(bench: Bench, vendor: Vendor): Readonly<Record<string, unknown>> {
  const { config } = bench[vendor].declaration;
  if (vendor === "stripe") return { ...config, permissions: ["customer_read", "charge_write"] };
  const { repositories, permissions, ...all } = config;
  expect([repositories, permissions]).toEqual([["service"], { contents: "read" }]);
  return all;
}

/** What the key of AWSCURRENT may do, by the vendor's own word. */
async function powers(bench: Bench, vendor: Vendor): Promise<unknown> {
  const { keyturn, ...value } = await bench.value(bench[vendor], "AWSCURRENT");
  if (vendor === "github") {
    const headers = { authorization: `token ${value["token"]}` };
    const answer = await fetch(`${bench.sandbox.urls.github}/installation/repositories`, { headers });
    return z.object({ total_count: z.number() }).parse(await answer.json()).total_count;
  }
  const { SecretString } = await bench.aws.getSecretValue({ SecretId: bench.stripe.declaration.admin });
  const headers = {
    authorization: `Bearer ${JSON.parse(SecretString ?? "").appKey}`,
    "stripe-version": "2026-09-30.preview",
    "stripe-context": String(bench.stripe.declaration.config["account"]),
  };
  const answer = await fetch(`${bench.sandbox.urls.stripe}/v2/iam/api_keys/${keyturn.handle}`, { headers });
  return z.object({ permissions: z.array(z.string()) }).parse(await answer.json()).permissions;
}

describe.each(vendors)("%s: a plain writer asks for more in the stored config", (vendor) => {
  it("stops the rotation before anything happens; put back, it goes on", async () => {
    const bench = await open(vendor);
    const good = await bench.value(bench[vendor], "AWSCURRENT");
    await put(bench, vendor, withRecord(good, { config: wider(bench, vendor) }));
    const rotation = await stage(bench, bench[vendor]);
    const act = () => rotation.run("createSecret");
    expect(await refusedUnchanged(bench, bench[vendor], act)).toBe("value_rewritten");
    await put(bench, vendor, good);
    await turns(bench, bench[vendor]);
  });

  it("twice, so that nothing shows it: the next key has the declared powers all the same", async () => {
    const bench = await open(vendor);
    const declared = await powers(bench, vendor);
    const bent = withRecord(await bench.value(bench[vendor], "AWSCURRENT"), { config: wider(bench, vendor) });
    await put(bench, vendor, bent);
    await put(bench, vendor, { ...bent, note: "again" });
    for (let round = 0; round < 2; round++) {
      await turns(bench, bench[vendor]);
      expect(await powers(bench, vendor)).toEqual(declared);
      const { keyturn } = await bench.value(bench[vendor], "AWSCURRENT");
      expect(keyturn["config"]).toEqual(bench[vendor].declaration.config);
      await bench.pastOverlap(bench[vendor]);
    }
  });
});

describe.each(vendors)(
  "%s: a plain writer exchanges the record, twice, so that both versions have it",
  (vendor) => {
    it.each<[string, (good: Stored, old: Stored) => unknown]>([
      ["the handle of nobody", (good) => withRecord(good, { handle: "mk_1NotOurs" })],
      ["the previous key's handle", (good, old) => withRecord(good, { handle: old.keyturn.handle })],
      [
        "the previous key's label",
        (good, old) => withRecord(good, { label: old.keyturn.label, handle: old.keyturn.handle }),
      ],
    ])("%s: AWSCURRENT keeps working, whatever becomes of the rotation", async (_, change) => {
      const bench = await open(vendor);
      const secret = bench[vendor];
      const good = await bench.value(secret, "AWSCURRENT");
      const bent = change(good, await bench.value(secret, "AWSPREVIOUS"));
      await put(bench, vendor, bent);
      await put(bench, vendor, bent);
      const rotation = await stage(bench, secret);
      const { code } = await refusal(bench, () => rotation.run("createSecret"));
      expect(bench.handles(secret, "not retired")).toContain(good.keyturn.handle);
      expect(code).toBe("handle_foreign");
    });
  },
);

describe.each(vendors)("%s: what the errors advise", (vendor) => {
  it("an unreadable previous value is logged and does not stop the rotation", async () => {
    const bench = await open(vendor);
    const good = await bench.value(bench[vendor], "AWSCURRENT");
    await put(bench, vendor, "an accident");
    await put(bench, vendor, good);
    const from = bench.log.length;
    await turns(bench, bench[vendor]);
    const line = bench.log.slice(from).find((text) => text.includes("previous_unreadable")) ?? "";
    expect(line).toContain("text that is not JSON");
    expect(line).not.toContain("accident");
  });

  it("after a value that is no JSON: putting the placeholder starts anew", async () => {
    const bench = await open(vendor);
    await put(bench, vendor, "an accident");
    expect((await bench.rotate(bench[vendor])).errors).toMatchObject([{ name: "value_invalid" }]);
    await put(bench, vendor, { keyturn: { v: 1 } });
    await turns(bench, bench[vendor]);
  });

  it("after another provider's value: putting the placeholder starts anew", async () => {
    const bench = await open(vendor);
    const good = await bench.value(bench[vendor], "AWSCURRENT");
    await put(bench, vendor, withRecord(good, { provider: "gitlab/token" }));
    expect((await bench.rotate(bench[vendor])).errors).toMatchObject([{ name: "provider_mismatch" }]);
    await put(bench, vendor, { keyturn: { v: 1 } });
    await turns(bench, bench[vendor]);
  });

  it("a stored config that its provider refuses does not stop rotation for ever", async () => {
    const bench = await open(vendor);
    const good = await bench.value(bench[vendor], "AWSCURRENT");
    await put(bench, vendor, withRecord(good, { config: {} }));
    await put(bench, vendor, withRecord(good, { config: {} }));
    for (let round = 0; round < 3; round++) {
      await turns(bench, bench[vendor]);
      await bench.pastOverlap(bench[vendor]);
    }
  });
});
