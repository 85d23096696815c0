import type { TokenFormat } from "./tokens.js";

/** How the fake behaves; each is changed by `set`. */
export interface Settings {
  /** New tokens get 401 for so long. Counts for tokens made from now on. */
  settleSeconds: number;
  /** Revoked tokens are accepted for so long. Counts for tokens revoked from now on. */
  deathSeconds: number;
  /** Which tokens are made when the request does not say (`X-GitHub-Stateless-S2S-Token`). */
  tokenFormat: TokenFormat;
  /** Every route answers 403 as under GitHub's secondary limit, with or without `retry-after`. */
  secondaryLimit: "off" | "bare" | "retry-after";
  /** Suspends every installation there is, or lifts the suspension of all. */
  suspended: boolean;
}

export const settingsAtFirst: Readonly<Settings> = {
  settleSeconds: 0,
  deathSeconds: 0,
  tokenFormat: "stateless",
  secondaryLimit: "off",
  suspended: false,
};

/** A copy of `settings` with one changed. Throws RangeError for a name or a value that it does not know. */
export function changed(settings: Readonly<Settings>, name: string, value: unknown): Settings {
  switch (name) {
    case "settleSeconds":
    case "deathSeconds":
      if (typeof value !== "number" || !(value >= 0 && value <= 1e9))
        throw wrong(name, "a number of seconds, 0 or more");
      return { ...settings, [name]: value };
    case "tokenFormat":
      if (value !== "stateless" && value !== "classic") throw wrong(name, "stateless or classic");
      return { ...settings, tokenFormat: value };
    case "secondaryLimit":
      if (value !== "off" && value !== "bare" && value !== "retry-after") {
        throw wrong(name, "off, bare or retry-after");
      }
      return { ...settings, secondaryLimit: value };
    case "suspended":
      if (typeof value !== "boolean") throw wrong(name, "true or false");
      return { ...settings, suspended: value };
    default:
      throw new RangeError(
        `GitHub's fake has no setting ${name}; it has ${Object.keys(settingsAtFirst).join(", ")}`,
      );
  }
}

function wrong(name: string, expected: string): RangeError {
  return new RangeError(`GitHub's fake: ${name} must be ${expected}`);
}
