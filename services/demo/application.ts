import {
  DescribeSecretCommand,
  GetSecretValueCommand,
  RotateSecretCommand,
  type SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import { Octokit } from "@octokit/rest";
import Stripe from "stripe";
import * as z from "zod/mini";
import { Secret } from "../../providers/kit/secret.js";
import type { SandboxUrls } from "../sandbox/sandbox.js";
import { DemoError } from "./ask.js";

/** What is looked at of a stored value: the key under the providers' own names, and its handle. */
const stored = z.looseObject({
  token: z.optional(z.string()),
  apiKey: z.optional(z.string()),
  keyturn: z.looseObject({ handle: z.optional(z.string()) }),
});

/** A key held in memory. It can be named and used, and its value leaves it in no other way. */
export interface HeldKey {
  readonly service: "github" | "stripe";
  readonly handle: string;
  readonly value: Secret;
}

/** Someone who uses a secret: rotates it, looks at its labels, reads it. All of it is requests that the sandbox sees. */
export class Application {
  readonly #held = new Map<string, HeldKey>();

  constructor(
    readonly aws: SecretsManagerClient,
    readonly urls: Pick<SandboxUrls, "github" | "stripe">,
  ) {}

  /** Every key it ever read as AWSCURRENT and keeps in memory, oldest first. */
  get held(): readonly HeldKey[] {
    return [...this.#held.values()];
  }

  /** RotateSecret, without waiting for the rotation. */
  async rotate(secret: string): Promise<void> {
    await answered("RotateSecret", secret, this.aws.send(new RotateSecretCommand({ SecretId: secret })));
  }

  /** DescribeSecret: staging labels, and the version that carries each. */
  async labels(secret: string): Promise<ReadonlyMap<string, string>> {
    const asked = this.aws.send(new DescribeSecretCommand({ SecretId: secret }));
    const { VersionIdsToStages = {} } = await answered("DescribeSecret", secret, asked);
    return new Map(
      Object.entries(VersionIdsToStages).flatMap(([id, stages]) =>
        stages.map((stage): [string, string] => [stage, id]),
      ),
    );
  }

  /**
   * GetSecretValue. Resolves to the key's handle, undefined for the placeholder; the current key is kept in memory.
   * That is how the demo knows which key a version holds: from its `keyturn.handle`, as any reader would.
   */
  async read(secret: string, stage: "AWSCURRENT" | "AWSPREVIOUS"): Promise<string | undefined> {
    const asked = this.aws.send(new GetSecretValueCommand({ SecretId: secret, VersionStage: stage }));
    const answer = await answered("GetSecretValue", secret, asked);
    const { token, apiKey, keyturn } = stored.parse(JSON.parse(answer.SecretString ?? "null"));
    const { handle } = keyturn;
    const text = token ?? apiKey;
    if (handle === undefined || text === undefined) return undefined;
    if (stage === "AWSCURRENT") {
      const service = token === undefined ? "stripe" : "github";
      this.#held.set(handle, { service, handle, value: new Secret(text) });
    }
    return handle;
  }

  /** One harmless request with a key, by the vendor's own package. How it ended is for the journal to tell, so nothing comes back. */
  async use(key: HeldKey): Promise<void> {
    const request = key.service === "github" ? this.#askGitHub(key) : this.#askStripe(key);
    await request.catch(() => undefined);
  }

  async #askGitHub({ value }: HeldKey): Promise<void> {
    const silent = { debug: quiet, info: quiet, warn: quiet, error: quiet };
    const octokit = new Octokit({ auth: value.reveal(), baseUrl: this.urls.github, log: silent });
    await octokit.rest.apps.listReposAccessibleToInstallation({ per_page: 1 });
  }

  async #askStripe({ value }: HeldKey): Promise<void> {
    const { hostname, port } = new URL(this.urls.stripe);
    const stripe = new Stripe(value.reveal(), {
      ...{ host: hostname, port, protocol: "http" },
      ...{ maxNetworkRetries: 0, telemetry: false },
    });
    await stripe.customers.list({ limit: 1 });
  }
}

/** What the SDK throws may hold anything: only its name goes on. */
async function answered<Answer>(operation: string, secret: string, asked: Promise<Answer>): Promise<Answer> {
  try {
    return await asked;
  } catch (error) {
    throw new DemoError("aws_refused", {
      expected: `success from ${operation} of ${secret} at the sandbox`,
      found: error instanceof Error ? error.name : "an error",
      next: "Start the demo again, and let nobody else change its secrets or stop Secrets Manager meanwhile.",
    });
  }
}

function quiet(): undefined {
  return undefined;
}
