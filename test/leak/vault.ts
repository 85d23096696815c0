import { randomUUID } from "node:crypto";
import { SecretsManager } from "@aws-sdk/client-secrets-manager";
import { builtin } from "../../providers/index.js";
import { Secret } from "../../providers/kit/secret.js";
import type { Found } from "../../services/leak/find.js";
import { fingerprintOf } from "../../services/leak/fingerprint.js";
import { ringAfter, tagsOfRing } from "../../services/leak/ring.js";
import { startSandbox } from "../../services/sandbox/sandbox.js";
import { sandboxCredentials, sandboxRegion } from "../../services/sandbox/seed.js";
import { secretsManagerStore } from "../../services/store/secrets-manager.js";
import { formatValue } from "../../services/store/value.js";
import { hitsIn, make } from "./keys.js";

/** A secret as it stands after some rotations; ids of versions and keys, the oldest first. */
export interface Stocked {
  readonly name: string;
  readonly versionIds: readonly string[];
  readonly keys: readonly string[];
}

export interface Stock {
  /** `<vendor>/<kind>`; Stripe's restricted keys where it is not said. */
  readonly kind?: string;
  /** How many keys it has had. Two: the current and the previous one. */
  readonly keys?: number;
  /** How many of them are in its tags: the oldest. All where it is not said. */
  readonly tagged?: number;
  readonly tags?: Readonly<Record<string, string>>;
  /** No tag tells of which kind it is. */
  readonly untold?: true;
  /** How its value is written, instead of as Keyturn does. */
  readonly write?: (key: string) => string;
}

const makers: Readonly<Record<string, { readonly field: string; readonly make: () => string }>> = {
  "stripe/restricted-key": { field: "apiKey", make: make.restricted },
  "stripe/webhook-secret": { field: "signingSecret", make: make.signing },
  "github/deploy-key": { field: "privateKey", make: make.privateKey },
};

export const signature = `AWS4-HMAC-SHA256 Credential=${sandboxCredentials.accessKeyId}/20260601/${sandboxRegion}/secretsmanager/aws4_request, SignedHeaders=host, Signature=none`;

/** A sandbox with secrets in it, looked at through the store. */
export async function openVault() {
  const sandbox = await startSandbox({ start: new Date("2026-06-01T00:00:00Z") });
  const place = { endpoint: sandbox.urls.aws, credentials: sandboxCredentials };
  const storeIn = (region: string) => secretsManagerStore({ ...place, region }, 5_000);
  const aws = new SecretsManager({ ...place, region: sandboxRegion, maxAttempts: 1 });

  /** Straight to the service: a thousand secrets in a moment. */
  function ask(operation: string, body: object) {
    const answer = sandbox.secretsManager.handle({
      ...{ method: "POST", path: "/", query: new URLSearchParams(), body: JSON.stringify(body) },
      headers: {
        "x-amz-target": `secretsmanager.${operation}`,
        "content-type": "application/x-amz-json-1.1",
        authorization: signature,
      },
    });
    if (answer.status !== 200) throw new Error(`${operation}: ${answer.status}`);
  }

  function stock(name: string, how: Stock = {}): Stocked {
    const { kind = "stripe/restricted-key", keys: count = 2 } = how;
    const maker = makers[kind];
    const provider = builtin.find(({ id }) => id === kind);
    if (!maker || !provider) throw new RangeError(kind);
    const made = Array.from({ length: count }, () => ({ versionId: randomUUID(), key: maker.make() }));
    const ring = made
      .slice(0, how.tagged ?? count)
      .reduce<ReturnType<typeof ringAfter>>((at, { versionId, key }) => {
        const fingerprint = fingerprintOf(provider, { [maker.field]: new Secret(key) }) ?? "";
        return ringAfter(at, { versionId, fingerprint });
      }, []);
    const tags = {
      ...Object.fromEntries(tagsOfRing(ring)),
      ...(how.untold ? {} : { "keyturn:provider": kind }),
      ...how.tags,
    };
    const write = how.write ?? ((key: string) => written(kind, { [maker.field]: new Secret(key) }).reveal());
    for (const [index, { versionId, key }] of made.entries()) {
      const version = { ClientRequestToken: versionId, SecretString: write(key) };
      if (index > 0) ask("PutSecretValue", { SecretId: name, ...version });
      else
        ask("CreateSecret", {
          Name: name,
          ...version,
          Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
        });
    }
    return { name, versionIds: made.map(({ versionId }) => versionId), keys: made.map(({ key }) => key) };
  }

  /** What `act` asked Secrets Manager for: how often each operation. */
  async function counting<Result>(act: () => Promise<Result>) {
    const from = sandbox.journal.last;
    const result = await act();
    const calls: Record<string, number> = {};
    for (const entry of sandbox.journal.since(from)) {
      if (entry.kind === "request") calls[entry.operation] = (calls[entry.operation] ?? 0) + 1;
    }
    return { result, calls };
  }

  const close = async () => {
    aws.destroy();
    await sandbox.close();
  };
  return { sandbox, aws, store: storeIn(sandboxRegion), storeIn, ask, stock, counting, close };
}

export type Vault = Awaited<ReturnType<typeof openVault>>;

/** A value as Keyturn writes it. */
export function written(
  provider: string,
  fields: Readonly<Record<string, Secret>>,
  names = {},
  extras = {},
): Secret {
  const record = { provider, config: {}, label: "", createdAt: "2026-06-01T00:00:00Z" };
  return formatValue({ handle: `handle-${randomUUID()}`, fields }, record, names, extras);
}

/** The one hit in a text that is a key. */
export function hitOf(key: string) {
  const [hit, ...more] = hitsIn(key);
  if (!hit || more.length > 0) throw new Error(`expected one hit; found ${more.length + (hit ? 1 : 0)}`);
  return hit;
}

/** Where the matches are: name, index of the version, standing, and what they rest on. */
export function places({ matches }: Found, ...among: readonly Stocked[]): readonly string[] {
  return matches.map(({ secret, versionId, standing, by }) => {
    const at = among.find(({ name }) => name === secret.name)?.versionIds.indexOf(versionId) ?? -1;
    return `${secret.name} ${at} ${standing} ${by}`;
  });
}
export const keyOf = (secret: Stocked | undefined, index: number) => secret?.keys[index] ?? "";
