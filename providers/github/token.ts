import { createHash } from "node:crypto";
import type { Key } from "../kit/contract.js";
import { ProviderError } from "../kit/failure.js";

export const installationTokenId = "github/installation-token";

/**
 * What names an installation token without revealing it: `sha256:` and 32 hex characters (128 bits) of SHA-256
 * over scheme, provider and token, each length-prefixed. GitHub gives these tokens no id and lists none.
 */
export function tokenHandle(token: string): string {
  const sum = createHash("sha256");
  for (const part of ["keyturn/1", installationTokenId, token]) {
    sum.update(`${Buffer.byteLength(part)}:${part}`);
  }
  return `sha256:${sum.digest("hex").slice(0, 32)}`;
}

/** @throws ProviderError `config_invalid` when the key has no field `token`. */
export function tokenOf(fields: Key["fields"]): string {
  const token = fields["token"];
  if (token) return token.reveal();
  throw new ProviderError("config_invalid", {
    expected: "a stored key with the field token",
    found: `the fields ${Object.keys(fields).join(", ") || "none"}`,
    next: "Check how the declaration names the fields of this secret.",
  });
}

/**
 * The header, made here and not by Octokit: that takes the new tokens, which have two dots, for App JWTs.
 * Undefined for a text that no header can carry: GitHub never made it, and can neither accept nor revoke it.
 */
export function authorization(fields: Key["fields"]): { authorization: string } | undefined {
  const header = { authorization: `token ${tokenOf(fields)}` };
  try {
    new Headers(header);
    return header;
  } catch {
    return undefined;
  }
}
