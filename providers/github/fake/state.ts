import type { FakeApp } from "./app.js";
import { DeployKeyLedger } from "./deploy-keys.js";
import type { FakeInstallation } from "./installation.js";
import { RateLimits } from "./limits.js";
import { PersonalTokens } from "./personal-tokens.js";
import { type Settings, settingsAtFirst } from "./settings.js";
import { TokenLedger } from "./tokens.js";

/** Everything that GitHub knows. Routes read and change it; nothing else is kept anywhere. */
export interface State {
  readonly now: () => Date;
  /** There is one App, made with the first installation. */
  app: FakeApp | undefined;
  installations: Map<number, FakeInstallation>;
  tokens: TokenLedger;
  personalTokens: PersonalTokens;
  deployKeys: DeployKeyLedger;
  limits: RateLimits;
  settings: Readonly<Settings>;
}

export function stateAtFirst(): Omit<State, "now"> {
  return {
    app: undefined,
    installations: new Map(),
    tokens: new TokenLedger(),
    personalTokens: new PersonalTokens(),
    deployKeys: new DeployKeyLedger(),
    limits: new RateLimits(),
    settings: settingsAtFirst,
  };
}
