import { builtin } from "../../providers/index.js";
import type { Provider } from "../../providers/kit/plug.js";
import { type Declaration, type Declarations, declarationInvalid } from "../config/declare.js";
import { KeyturnError } from "../errors.js";

/** How long one request of a command to AWS may take. Milliseconds. */
export const requestTimeoutMs = 10_000;

/**
 * What a config file declares of a secret.
 * @param next what to do where it declares nothing
 * @throws KeyturnError `secret_undeclared`
 */
export function declarationIn(
  { secrets }: Declarations,
  secret: string,
  config: string,
  next = "Name one of these, or another file with --config. Nothing was done.",
): Declaration {
  const declaration = Object.hasOwn(secrets, secret) ? secrets[secret] : undefined;
  if (declaration) return declaration;
  throw new KeyturnError("secret_undeclared", {
    expected: `a declaration of ${secret} in ${config}`,
    found: `declarations of ${Object.keys(secrets).join(", ") || "no secret"}`,
    next,
  });
}

/** A provider, as far as commands know them: those that Keyturn brings. @throws KeyturnError `declaration_invalid` */
export function providerNamed(id: string): Provider {
  const provider = builtin.find((one) => one.id === id);
  if (!provider) throw declarationInvalid(`provider ${id}, which Keyturn does not bring`);
  return provider;
}
