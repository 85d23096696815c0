import { createPrivateKey, sign } from "node:crypto";
import ssh2 from "ssh2";
import { afterAll, beforeEach } from "vitest";
import { createFakeGitHub } from "../../../providers/github/fake/fake.js";
import type { VendorKey } from "../../../providers/kit/fake.js";
import { type ServedFake, serveFake } from "../serve-fake.js";

export interface Got {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
  /** The body where it is a list. */
  readonly list: readonly Record<string, unknown>[];
}

type More = { headers?: Record<string, string>; body?: unknown };
export type Fake = Awaited<ReturnType<typeof openFake>>;

/** One fake for a whole file; before each test it is as new, with one customer who manages keys of `provider`. */
export async function openFake(provider = "github/installation-token") {
  let time = Math.floor(Date.now() / 1000) * 1000;
  const github = createFakeGitHub({ now: () => new Date(time) });
  const served: ServedFake = await serveFake(github);
  let admission = github.admit(provider);
  beforeEach(() => {
    github.reset();
    admission = github.admit(provider);
  });
  afterAll(() => served.close());

  const installation = () => Number(admission.config["installationId"]);
  const seconds = () => Math.floor(time / 1000);

  /** An App JWT, good unless claims or header say otherwise. */
  function jwt(claims: object = {}, header: object = { alg: "RS256", typ: "JWT" }): string {
    const all = { iat: seconds() - 30, exp: seconds() + 570, iss: admission.admin["appId"], ...claims };
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
    const text = `${part(header)}.${part(all)}`;
    const key = createPrivateKey(String(admission.admin["privateKey"]));
    return `${text}.${sign("sha256", Buffer.from(text), key).toString("base64url")}`;
  }

  async function ask(method: string, path: string, authorization?: string, more: More = {}): Promise<Got> {
    const response = await fetch(served.url + path, {
      method,
      headers: { ...more.headers, ...(authorization !== undefined && { authorization }) },
      ...(more.body !== undefined && {
        body: typeof more.body === "string" ? more.body : JSON.stringify(more.body),
      }),
    });
    const text = await response.text();
    const body = text ? JSON.parse(text) : {};
    return {
      status: response.status,
      headers: response.headers,
      body,
      list: Array.isArray(body) ? body : [],
    };
  }

  const mint = (body?: unknown, headers: Record<string, string> = {}) =>
    ask("POST", `/app/installations/${installation()}/access_tokens`, `Bearer ${jwt()}`, { body, headers });

  return {
    ...{ github, served, installation, seconds, jwt, ask, mint },
    admission: () => admission,
    now: () => time,
    advance: (ms: number) => {
      time += ms;
    },
    /** A new token, as it stands in a header. */
    token: async (...wishes: Parameters<typeof mint>) => String((await mint(...wishes)).body["token"]),
    list: (authorization: string, query = "") =>
      ask("GET", `/installation/repositories${query}`, authorization),
    /** The one key with this handle. */
    key: (handle: string): VendorKey | undefined => github.keys().find((key) => key.handle === handle),
  };
}

/** "status message", which is what most refusals differ in. */
export function said({ status, body }: Got): string {
  return body["message"] === undefined ? String(status) : `${status} ${String(body["message"])}`;
}

/** A new key pair as files hold it. ssh2 makes an unreadable one now and then (a first zero byte is lost). */
export function keyPair(comment = ""): { readonly private: string; readonly public: string } {
  const pair = ssh2.utils.generateKeyPairSync("ed25519", { comment });
  return ssh2.utils.parseKey(pair.public) instanceof Error ? keyPair(comment) : pair;
}

export const publicKey = (comment = "") => keyPair(comment).public;
