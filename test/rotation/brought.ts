import { randomUUID } from "node:crypto";
import { boundFetch } from "../../providers/kit/bound-fetch.js";
import type { Bench } from "./bench.js";
import { fieldOf, only, type Vendor } from "./refusal.js";

/** A key that someone made by hand: it lives, and carries no label of ours. Its fields, as an application would store them. */
export async function brought(bench: Bench, vendor: Vendor) {
  const [provider] = only(vendor);
  const { config, admin: name } = bench[vendor].declaration;
  const { SecretString = "" } = await bench.aws.getSecretValue({ SecretId: name });
  const endpoint = bench.sandbox.urls[vendor];
  const signal = AbortSignal.timeout(5_000);
  const timeoutMs = 1_000;
  const fetch = boundFetch({ endpoint, signal, timeoutMs });
  const now = () => bench.sandbox.timeline.now();
  const connection = await provider?.connect({
    config,
    admin: JSON.parse(SecretString),
    endpoint,
    fetch,
    signal,
    timeoutMs,
    now,
  });
  const expiresAt = new Date(now().getTime() + 30 * 86_400_000);
  const wish = { label: "made by hand", idempotencyKey: randomUUID(), nonce: randomUUID(), expiresAt };
  const { handle = "", fields } = (await connection?.make(wish)) ?? {};
  return {
    handle,
    value: { [fieldOf[vendor]]: fields?.[fieldOf[vendor]]?.reveal() },
    end: () => connection?.retire({ handle, fields: fields ?? {} }),
  };
}
