import { randomUUID } from "node:crypto";
import { createFakeGitHub } from "../../../providers/github/fake/fake.js";
import installationToken from "../../../providers/github/installation-token.js";
import { boundFetch } from "../../../providers/kit/bound-fetch.js";
import type { Key, MintRequest } from "../../../providers/kit/contract.js";
import { ProviderError } from "../../../providers/kit/failure.js";
import type { Connection, Provider } from "../../../providers/kit/plug.js";
import { Secret } from "../../../providers/kit/secret.js";
import { type ServedFake, serveFake } from "../serve-fake.js";

/** GitHub's fake behind HTTP on its own clock, and a customer of it. */
export interface Bench {
  readonly github: ReturnType<typeof createFakeGitHub>;
  readonly served: ServedFake;
  readonly config: Readonly<Record<string, unknown>>;
  readonly admin: Readonly<Record<string, unknown>>;
  /** Moves GitHub's clock. Seconds. */
  advance(seconds: number): void;
  connect(options?: {
    provider?: Provider;
    config?: unknown;
    admin?: unknown;
    /** How far the function's clock is ahead of GitHub's. Seconds. */
    ahead?: number;
    timeoutMs?: number;
  }): Promise<Connection>;
}

export async function openBench(): Promise<Bench> {
  // Far from the system's clock, so that nothing passes by using that by mistake.
  let time = Date.UTC(2031, 4, 17, 8, 30, 12, 345);
  const github = createFakeGitHub({ now: () => new Date(time) });
  const served = await serveFake(github);
  const { config, admin } = github.admit("github/installation-token");
  return {
    ...{ github, served, config, admin },
    advance: (seconds) => {
      time += seconds * 1000;
    },
    connect: (options = {}) => {
      const { signal } = new AbortController();
      const bounds = { endpoint: served.url, signal, timeoutMs: options.timeoutMs ?? 5000 };
      return (options.provider ?? installationToken).connect({
        config: options.config ?? config,
        admin: options.admin ?? admin,
        endpoint: served.url,
        fetch: boundFetch(bounds),
        signal,
        timeoutMs: bounds.timeoutMs,
        now: () => new Date(time + (options.ahead ?? 0) * 1000),
      });
    },
  };
}

export function mintRequest(): MintRequest {
  return {
    label: "keyturn:abcdefgh:abcdefghijklmnop:abcdefghijkl.0",
    idempotencyKey: randomUUID(),
    nonce: randomUUID(),
    expiresAt: new Date(Date.UTC(2031, 4, 18)),
  };
}

export function keyOf(token: string): Key {
  const fields = { token: new Secret(token) };
  return { handle: installationToken.handleOf?.(fields) ?? "", fields };
}

/** "ok", a verdict, or the code of the ProviderError; anything else thrown is a test failure. */
export async function outcome(promise: Promise<unknown>): Promise<string> {
  try {
    const result = await promise;
    return typeof result === "string" ? result : "ok";
  } catch (error) {
    if (error instanceof ProviderError) return error.code;
    throw error;
  }
}
