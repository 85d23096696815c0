import deployKey from "./github/deploy-key.js";
import { foreign as gitHubs } from "./github/foreign.js";
import installationToken from "./github/installation-token.js";
import type { ForeignKey } from "./kit/contract.js";
import type { Provider } from "./kit/plug.js";
import { foreign as stripes } from "./stripe/foreign.js";
import restrictedKey from "./stripe/restricted-key.js";
import webhookSecret from "./stripe/webhook-secret.js";

/** Every provider that comes with Keyturn. A new one is added here, and nowhere else. */
export const builtin: readonly Provider[] = [installationToken, deployKey, restrictedKey, webhookSecret];

/** Kinds of keys that are told in a text, though nothing here rotates them. */
export const foreignKeys: readonly ForeignKey[] = [...gitHubs, ...stripes];
