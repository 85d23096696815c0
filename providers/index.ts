import deployKey from "./github/deploy-key.js";
import installationToken from "./github/installation-token.js";
import type { Provider } from "./kit/plug.js";
import restrictedKey from "./stripe/restricted-key.js";
import webhookSecret from "./stripe/webhook-secret.js";

/** Every provider that comes with Keyturn. A new one is added here, and nowhere else. */
export const builtin: readonly Provider[] = [installationToken, deployKey, restrictedKey, webhookSecret];
