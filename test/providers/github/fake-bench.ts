import { createPrivateKey, sign } from "node:crypto";
import { createFakeGitHub } from "../../../providers/github/fake/fake.js";
import { type ServedFake, serveFake } from "../serve-fake.js";

export interface Got {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
}

/** GitHub's fake over HTTP on its own clock, and what an App's owner does there by hand. */
export async function openFake() {
  let time = Math.floor(Date.now() / 1000) * 1000;
  const github = createFakeGitHub({ now: () => new Date(time) });
  const served: ServedFake = await serveFake(github);
  let admission = github.admit("github/installation-token");

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

  async function ask(
    method: string,
    path: string,
    authorization?: string,
    more: { headers?: Record<string, string>; body?: unknown } = {},
  ): Promise<Got> {
    const response = await fetch(served.url + path, {
      method,
      headers: { ...more.headers, ...(authorization !== undefined && { authorization }) },
      ...(more.body !== undefined && {
        body: typeof more.body === "string" ? more.body : JSON.stringify(more.body),
      }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: text ? JSON.parse(text) : {} };
  }

  const mint = (body?: unknown, headers: Record<string, string> = {}) =>
    ask("POST", `/app/installations/${installation()}/access_tokens`, `Bearer ${jwt()}`, { body, headers });

  return {
    ...{ github, served, installation, seconds, jwt, ask, mint },
    admission: () => admission,
    /** Someone new, whom everything else here now means. */
    admitAgain: () => {
      admission = github.admit("github/installation-token");
    },
    now: () => time,
    advance: (ms: number) => {
      time += ms;
    },
    /** A new token, as it stands in a header. */
    token: async (...wishes: Parameters<typeof mint>) => String((await mint(...wishes)).body["token"]),
    list: (authorization: string, query = "") =>
      ask("GET", `/installation/repositories${query}`, authorization),
  };
}
