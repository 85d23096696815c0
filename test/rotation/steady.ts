import { randomUUID } from "node:crypto";
import { expect } from "vitest";
import * as z from "zod/mini";
import { type Bench, openBench, type Stored } from "./bench.js";
import { only, toSteady, type Vendor } from "./refusal.js";

/** A bench of one vendor, whose secret has a current and a previous key, with the overlap over. */
export const steady = async (vendor: Vendor) =>
  toSteady(await openBench({ providers: only(vendor) }), [vendor]);

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
