import { randomUUID } from "node:crypto";
import { expect } from "vitest";
import * as z from "zod/mini";
import { builtin } from "../../providers/index.js";
import { type Bench, openBench, type Stored } from "./bench.js";

export const both = ["github", "stripe"] as const;
export type Vendor = (typeof both)[number];

export const open = (vendor: Vendor) =>
  openBench({ providers: builtin.filter(({ id }) => id.startsWith(vendor)) });

/** A bench whose secret has a current and a previous key, with the overlap over. */
export async function steady(vendor: Vendor): Promise<Bench> {
  const bench = await open(vendor);
  await bench.pastOverlap(bench[vendor]);
  await bench.rotate(bench[vendor]);
  await bench.pastOverlap(bench[vendor]);
  return bench;
}

export const failure = (code: string) => expect.objectContaining({ code });
export const handleOf = async (bench: Bench, vendor: Vendor, stage: string) =>
  (await bench.value(bench[vendor], stage)).keyturn.handle;
export const put = (bench: Bench, vendor: Vendor, value: unknown) =>
  bench.aws.putSecretValue({ SecretId: bench[vendor].name, SecretString: JSON.stringify(value) });

export async function mark(
  bench: Bench,
  vendor: Vendor,
  label: (versionId: string) => string,
  stageName: string,
) {
  const found = Object.entries(await bench.labels(bench[vendor])).find(([, stages]) =>
    stages.includes(stageName),
  );
  const versionId = found?.[0] ?? "";
  await bench.aws.updateSecretVersionStage({
    ...{ SecretId: bench[vendor].name, VersionStage: label(versionId), MoveToVersionId: versionId },
  });
}

/** The vendor's owner, or an accident, ends a key. */
export async function kill(bench: Bench, vendor: Vendor, value: Stored): Promise<void> {
  if (vendor === "github") {
    const headers = { authorization: `Bearer ${String(value["token"])}` };
    await fetch(`${bench.sandbox.urls.github}/installation/token`, { method: "DELETE", headers });
    return;
  }
  await asStripeApp(bench, `/v2/iam/api_keys/${value.keyturn.handle}/expire`, {});
}

export async function asStripeApp(bench: Bench, path: string, body: unknown): Promise<{ id: string }> {
  const { SecretString = "" } = await bench.aws.getSecretValue({ SecretId: bench.stripe.declaration.admin });
  const response = await fetch(`${bench.sandbox.urls.stripe}${path}`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${JSON.parse(SecretString).appKey}`,
      "content-type": "application/json",
      "stripe-version": "2026-09-30.preview",
      "stripe-context": String(bench.stripe.declaration.config["account"]),
      "idempotency-key": randomUUID(),
    },
    body: JSON.stringify(body),
  });
  expect(response.status).toBe(200);
  return z.object({ id: z.string() }).parse(await response.json());
}
