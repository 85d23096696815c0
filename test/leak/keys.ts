import { classicText } from "../../providers/github/fake/token-text.js";
import { TokenLedger } from "../../providers/github/fake/tokens.js";
import { newPrivateKey } from "../../providers/github/ssh-key.js";
import { builtin, foreignKeys } from "../../providers/index.js";
import { makeSigningSecret, makeToken } from "../../providers/stripe/fake/secrets.js";
import { type Hit, type Known, recognise } from "../../services/leak/recognise.js";

export const known: Known = { providers: builtin, foreign: foreignKeys };

/** A new key of each kind, as its vendor makes it. */
export const make = {
  classic: () => classicText("ghs_"),
  stateless: () =>
    new TokenLedger().make(
      { appId: 1234, installationId: 5, grant: { permissions: {}, repositories: [], selected: false } },
      new Date("2026-06-01T00:00:00Z"),
      { format: "stateless", settleSeconds: 0 },
    ).token,
  privateKey: () => newPrivateKey().reveal(),
  restricted: () => makeToken("rk", "live", "acct_1AbCdEfGhIjKlMn"),
  signing: makeSigningSecret,
};

/** All hits in a text. */
export function hitsIn(text: string | Uint8Array, where: Known = known): readonly Hit[] {
  return recognise(typeof text === "string" ? Buffer.from(text) : text, where);
}

/** Canonical forms of the hits in a text, with their kinds. */
export function found(text: string | Uint8Array): readonly string[] {
  return hitsIn(text).map(({ kind, canonical }) => `${kind} ${canonical.reveal()}`);
}
