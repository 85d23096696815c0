import { randomBytes } from "node:crypto";
import type { PutSecretValueRequest } from "@aws-sdk/client-secrets-manager";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Stored, startBench } from "./bench.js";
import {
  fieldOf,
  quick,
  refusal,
  refusedUnchanged,
  toSteady,
  type Vendor,
  vendors,
  workingSteps,
} from "./refusal.js";
import { stage } from "./staged.js";

let bench: Awaited<ReturnType<typeof startBench>>;
/** What a rotation wrote, by vendor and label. */
let written: Record<Vendor, { readonly current: Stored; readonly previous: Stored }>;
beforeAll(async () => {
  bench = await toSteady(await startBench(quick));
  const wrote = async (vendor: Vendor) => ({
    current: await bench.value(bench[vendor], "AWSCURRENT"),
    previous: await bench.value(bench[vendor], "AWSPREVIOUS"),
  });
  written = { github: await wrote("github"), stripe: await wrote("stripe") };
});
afterAll(() => bench.close());

const binary = Symbol("a binary value");

function contentOf(value: unknown) {
  if (value === binary) return { SecretBinary: randomBytes(40) };
  return { SecretString: typeof value === "string" ? value : JSON.stringify(value) };
}

/** Writes a value as anyone with the permission could. */
const put = (vendor: Vendor, value: unknown, label: Partial<PutSecretValueRequest> = {}) =>
  bench.aws.putSecretValue({ SecretId: bench[vendor].name, ...contentOf(value), ...label });

/** A secret with these values, and a rotation of it that has just begun. */
async function begun(vendor: Vendor, values: { current?: unknown; previous?: unknown }) {
  await put(vendor, values.current ?? written[vendor].current);
  await put(vendor, values.previous ?? written[vendor].previous, { VersionStages: ["AWSPREVIOUS"] });
  return stage(bench, bench[vendor]);
}

type Change = (good: Stored, vendor: Vendor) => unknown;
const record = (change: Readonly<Record<string, unknown>>): Change => {
  return (good) => ({ ...good, keyturn: { ...good.keyturn, ...change } });
};
const without = (name: string): Change => {
  return ({ keyturn, ...rest }) => ({
    ...rest,
    keyturn: Object.fromEntries(Object.entries(keyturn).filter(([key]) => key !== name)),
  });
};

const invalid: [string, Change][] = [
  ["no JSON", () => "{ 'token': 'text' }"],
  ["a bare key", (good, vendor) => String(good[fieldOf[vendor]])],
  ["a number", () => 5],
  ["JSON null", () => "null"],
  ["a list", (good) => [good]],
  ["binary", () => binary],
  ["an object of neither form", () => ({ password: "none" })],
  ["no key in the record's field", (good, vendor) => ({ ...good, [fieldOf[vendor]]: undefined })],
  ["an empty key", (good, vendor) => ({ ...good, [fieldOf[vendor]]: "" })],
  ["a key that is no text", (good, vendor) => ({ ...good, [fieldOf[vendor]]: 1 })],
  ["a record that is null", (good) => ({ ...good, keyturn: null })],
  ["a record that is text", (good) => ({ ...good, keyturn: "v1" })],
  ["a record without format", without("v")],
  ["a record of format 0", record({ v: 0 })],
  ["a record without provider", without("provider")],
  ["a record without config", without("config")],
  ["a record with a config of text", record({ config: "all" })],
  ["a record without handle", without("handle")],
  ["a record with an empty handle", record({ handle: "" })],
  ["a record with a handle that is no text", record({ handle: ["a"] })],
  ["a record with a long label", record({ label: "l".repeat(65) })],
  ["a record made at no time", record({ createdAt: "yesterday" })],
  ["a record with a field more", record({ endpoint: "https://example.com" })],
];
const refused: [string, string, Change][] = [
  ...invalid.map(([name, change]): [string, string, Change] => ["value_invalid", name, change]),
  ["value_newer", "a record of format 2", record({ v: 2 })],
  ["value_newer", "a newer placeholder", () => ({ keyturn: { v: 2 } })],
  ["provider_mismatch", "a key of another provider", record({ provider: "gitlab/token" })],
  ["handle_foreign", "a handle of somebody's", record({ handle: "mk_1NotOurs" })],
];

describe.each(vendors)("%s: createSecret", (vendor) => {
  it.each(refused)("ends in %s when the current value is %s", async (code, _, change) => {
    const rotation = await begun(vendor, { current: change(written[vendor].current, vendor) });
    expect(await refusedUnchanged(bench, bench[vendor], () => rotation.run("createSecret"))).toBe(code);
  });

  // What names no key of ours is logged there and passed over: no rotation could ever mend it.
  it.each(refused.filter(([code]) => ["value_newer", "handle_foreign"].includes(code)))(
    "ends in %s when the previous value is %s",
    async (code, _, change) => {
      const rotation = await begun(vendor, { previous: change(written[vendor].previous, vendor) });
      expect(await refusedUnchanged(bench, bench[vendor], () => rotation.run("createSecret"))).toBe(code);
    },
  );
});

describe.each(vendors)("%s: a staged value that no rotation wrote", (vendor) => {
  it.each(refused.slice(0, -1))("ends every step in %s when it is %s", async (code, _, change) => {
    const rotation = await begun(vendor, {});
    const label = { ClientRequestToken: rotation.token, VersionStages: ["AWSPENDING"] };
    await put(vendor, change(written[vendor].previous, vendor), label);
    for (const step of workingSteps) {
      expect(await refusedUnchanged(bench, bench[vendor], () => rotation.run(step)), step).toBe(code);
    }
  });
});

describe.each(vendors)("%s: no part of a value is shown", (vendor) => {
  const marker = `canary${randomBytes(12).toString("hex")}`;
  it.each<[string, Change]>([
    ["the name of a field of the record", record({ [marker]: 1 })],
    ["the name under which the record finds the key", record({ fields: { [fieldOf[vendor]]: marker } })],
    ["a name in the record's fields", record({ fields: { [marker]: 1 } })],
    ["the provider", record({ provider: marker })],
    ["the format", record({ v: marker })],
    ["the handle", record({ handle: marker })],
  ])("when it stands in %s", async (_, change) => {
    const rotation = await begun(vendor, { current: change(written[vendor].current, vendor) });
    const from = bench.log.length;
    const { message } = await refusal(bench, () => rotation.run("createSecret"));
    expect(message).not.toContain(marker);
    expect(bench.log.slice(from).join("\n")).not.toContain(marker);
  });
});
