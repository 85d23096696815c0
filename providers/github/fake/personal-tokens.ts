import { createHash } from "node:crypto";
import { classicText, randomText } from "./token-text.js";

export type PersonalTokenKind = "classic" | "fine-grained";

/** Someone's personal access token: here it may do everything in one account's repositories. No value. */
export interface PersonalToken {
  readonly handle: string;
  /** The account whose repositories it reaches. */
  readonly owner: string;
  readonly kind: PersonalTokenKind;
  deleted: boolean;
}

/** All personal access tokens ever made, found by the hash of their value. */
export class PersonalTokens {
  readonly #byHandle = new Map<string, PersonalToken>();

  make(owner: string, kind: PersonalTokenKind): string {
    const token = kind === "classic" ? classicText("ghp_") : `github_pat_${randomText(22)}_${randomText(59)}`;
    const handle = handleOf(token);
    this.#byHandle.set(handle, { handle, owner, kind, deleted: false });
    return token;
  }

  /** Undefined for one that was never made, or that is deleted. */
  find(token: string): PersonalToken | undefined {
    const found = this.#byHandle.get(handleOf(token));
    return found?.deleted ? undefined : found;
  }
}

function handleOf(token: string): string {
  return `pat:${createHash("sha256").update(token).digest("hex").slice(0, 32)}`;
}
