import { verify } from "node:crypto";
import type { FakeResponse } from "../../kit/fake.js";
import { refusal } from "./answers.js";
import type { FakeApp } from "./app.js";
import { objectIn } from "./json.js";

const undecodable = () => refusal(401, "A JSON web token could not be decoded");

/**
 * GitHub's checks of an App's JWT, in its words; undefined when it is good. Times in whole seconds, without leeway: how
 * much GitHub allows is not documented, and who passes here passes there.
 *
 * @see https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-json-web-token-jwt-for-a-github-app
 */
export function refuseJwt(
  jwt: string,
  now: Date,
  appOf: (issuer: string) => FakeApp | undefined,
): FakeResponse | undefined {
  const [head = "", body = "", signature = "", ...more] = jwt.split(".");
  const header = objectIn(decode(head));
  const claims = objectIn(decode(body));
  if (!header || !claims || more.length > 0 || !signature || header["alg"] !== "RS256") return undecodable();

  const { iss, iat, exp } = claims;
  if (typeof iss !== "number" && typeof iss !== "string") {
    return refusal(401, "'Issuer' claim ('iss') must be an Integer");
  }
  const app = appOf(String(iss));
  if (!app) return refusal(404, "Integration not found");
  if (!verify("sha256", Buffer.from(`${head}.${body}`), app.publicKey, Buffer.from(signature, "base64url"))) {
    return undecodable();
  }

  const seconds = Math.floor(now.getTime() / 1000);
  if (!isInteger(iat) || iat > seconds) {
    return refusal(
      401,
      "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued",
    );
  }
  if (!isInteger(exp) || exp <= seconds) {
    return refusal(
      401,
      "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires",
    );
  }
  if (exp > seconds + 600) {
    return refusal(401, "'Expiration time' claim ('exp') is too far in the future");
  }
  return undefined;
}

function decode(part: string): string {
  return Buffer.from(part, "base64url").toString("utf8");
}

function isInteger(value: unknown): value is number {
  return Number.isInteger(value);
}
