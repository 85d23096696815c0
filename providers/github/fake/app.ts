import { generateKeyPairSync, type KeyObject, randomBytes, verify } from "node:crypto";
import type { FakeResponse } from "../../kit/fake.js";
import { objectIn, refusal } from "./answers.js";

/** A GitHub App: who may make tokens. */
export interface FakeApp {
  readonly id: number;
  readonly clientId: string;
  readonly publicKey: KeyObject;
  /** PKCS#1, as GitHub hands it out. */
  readonly privateKeyPem: string;
}

type Pair = Pick<FakeApp, "publicKey" | "privateKeyPem">;
let pair: Pair | undefined;

/** Every App of this process has the same key pair: making one takes a good part of a second. */
export function makeApp(id: number): FakeApp {
  pair ??= makePair();
  return { id, clientId: `Iv23li${randomBytes(7).toString("hex")}`, ...pair };
}

function makePair(): Pair {
  const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  return { publicKey, privateKeyPem: privateKey.export({ type: "pkcs1", format: "pem" }).toString() };
}

const undecodable = () => refusal(401, "A JSON web token could not be decoded");

/** GitHub's checks of an App's JWT, in its words; undefined when it is good. Times in whole seconds. */
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
  return part === "" ? "not JSON" : Buffer.from(part, "base64url").toString("utf8");
}

function isInteger(value: unknown): value is number {
  return Number.isInteger(value);
}
