import { generateKeyPairSync, type KeyObject, randomBytes } from "node:crypto";

/** A GitHub App: who may make tokens. */
export interface FakeApp {
  readonly id: number;
  readonly clientId: string;
  readonly publicKey: KeyObject;
  /** PKCS#1, as GitHub hands it out. */
  readonly privateKeyPem: string;
  readonly createdAt: Date;
}

type Pair = Pick<FakeApp, "publicKey" | "privateKeyPem">;
let pair: Pair | undefined;

/** Every App of this process has the same key pair: making one takes a good part of a second. */
export function makeApp(id: number, createdAt: Date): FakeApp {
  pair ??= makePair();
  return { id, clientId: `Iv23li${randomBytes(7).toString("hex")}`, createdAt, ...pair };
}

function makePair(): Pair {
  const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  return { publicKey, privateKeyPem: privateKey.export({ type: "pkcs1", format: "pem" }).toString() };
}
