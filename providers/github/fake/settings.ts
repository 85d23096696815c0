import type { TokenFormat } from "./tokens.js";

/** How the fake behaves; each is changed by `set`. */
export interface Settings {
  /** New tokens get 401 for so long. Counts for tokens made from now on. */
  readonly settleSeconds: number;
  /** Revoked tokens are accepted for so long. Counts for tokens revoked from now on. */
  readonly deathSeconds: number;
  /** SSH refuses new deploy keys for so long. Counts for keys made from now on. */
  readonly deployKeySettleSeconds: number;
  /** SSH accepts deleted deploy keys for so long. Counts for keys deleted from now on. */
  readonly deployKeyDeathSeconds: number;
  /** `forbidden`: the organisations' policy. No deploy key can be made, and those there are open nothing. */
  readonly deployKeys: "allowed" | "forbidden";
  /** Which tokens are made when the request does not say (`X-GitHub-Stateless-S2S-Token`). */
  readonly tokenFormat: TokenFormat;
  /** Every route answers as under GitHub's secondary limit, with or without `retry-after`. */
  readonly secondaryLimit: "off" | "bare" | "retry-after";
  /** The status of every rate limit's refusal; GitHub uses either. */
  readonly limitStatus: 403 | 429;
  /** How many requests an hour an installation, an App or a person may make. */
  readonly requestsPerHour: number;
  /** Suspends every installation there is, or lifts the suspension of all. */
  readonly suspended: boolean;
  /** `false` uninstalls the App everywhere; `true` undoes that, which at GitHub would make new installations. */
  readonly installed: boolean;
}

export const settingsAtFirst: Readonly<Settings> = {
  settleSeconds: 0,
  deathSeconds: 0,
  deployKeySettleSeconds: 0,
  deployKeyDeathSeconds: 0,
  deployKeys: "allowed",
  tokenFormat: "stateless",
  secondaryLimit: "off",
  limitStatus: 403,
  requestsPerHour: 5000,
  suspended: false,
  installed: true,
};

interface Rule {
  readonly expected: string;
  readonly fits: (value: unknown) => boolean;
}

const number = (least: number, expected: string): Rule => ({
  expected,
  fits: (value) => typeof value === "number" && value >= least && value <= 1e9,
});
const seconds = number(0, "a number of seconds, 0 or more");
const oneOf = (...values: readonly unknown[]): Rule => ({
  expected: values.map((value) => JSON.stringify(value)).join(" or "),
  fits: (value) => values.includes(value),
});

const rules: Readonly<Record<keyof Settings, Rule>> = {
  settleSeconds: seconds,
  deathSeconds: seconds,
  deployKeySettleSeconds: seconds,
  deployKeyDeathSeconds: seconds,
  deployKeys: oneOf("allowed", "forbidden"),
  tokenFormat: oneOf("stateless", "classic"),
  secondaryLimit: oneOf("off", "bare", "retry-after"),
  limitStatus: oneOf(403, 429),
  requestsPerHour: number(1, "a number, 1 or more"),
  suspended: oneOf(true, false),
  installed: oneOf(true, false),
};

/** A copy of `settings` with one changed. Throws RangeError for a name or a value that it does not know. */
export function changed(settings: Readonly<Settings>, name: string, value: unknown): Readonly<Settings> {
  const rule = new Map<string, Rule>(Object.entries(rules)).get(name);
  if (!rule) {
    throw new RangeError(`GitHub's fake has no setting ${name}; it has ${Object.keys(rules).join(", ")}`);
  }
  if (!rule.fits(value)) throw new RangeError(`GitHub's fake: ${name} must be ${rule.expected}`);
  return { ...settings, [name]: value };
}
