import { createHash } from "node:crypto";
import type { Key, Recognition } from "../kit/contract.js";
import { ProviderError } from "../kit/failure.js";
import { isChecked } from "./checksum.js";

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

/**
 * Both formats: `ghs_` and 36 letters and digits, the last six their checksum; and since April 2026 `ghs_`, the App's id and a JWT,
 * about 520 characters with dots and hyphens. Neither ends in a punctuation mark, so that a sentence's is none of it. The bits are
 * those of 30 letters and digits; the newer tokens are signed, and none can be made up.
 * @see https://docs.github.com/authentication/keeping-your-account-and-data-secure/about-authentication-to-github
 */
export const recognition: Recognition = {
  title: "a GitHub App installation token",
  field: "token",
  pattern: /(?<![A-Za-z0-9])ghs_[A-Za-z0-9._-]{35,}[A-Za-z0-9]/g,
  entropyBits: 178,
  canonical: (text) => {
    const older = text.slice(0, 40);
    return isChecked(older) ? older : text;
  },
};

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
