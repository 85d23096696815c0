import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Provider } from "../providers/kit/plug.js";
import { bundleFunction } from "../services/bundle/bundle.js";
import { type Declarations, declarationInvalid, declarationsOf } from "../services/config/declare.js";
import { type DeclaredSecret, declaredSecret } from "../services/config/declared.js";
import { functionName } from "../services/function-name.js";

/** What is deployed for one provider. */
export interface FunctionAsset {
  readonly provider: Provider;
  /** Holds `index.mjs` and `keyturn.json`. */
  readonly folder: string;
  /** What `keyturn.json` holds: the declarations of this provider's secrets, and of no other. */
  readonly declarations: Declarations;
  /** The same, with every default in place. */
  readonly secrets: readonly DeclaredSecret[];
}

/**
 * Checks the declarations against the providers they name and writes one folder a provider in use below `outDir`.
 * @throws KeyturnError `declaration_invalid`; ProviderError `config_invalid` when a provider's own schema refuses.
 */
export async function functionAssets(
  declarations: Declarations,
  providers: readonly Provider[],
  outDir: string,
): Promise<FunctionAsset[]> {
  for (const [name, { provider }] of Object.entries(declarations.secrets)) {
    if (!providers.some(({ id }) => id === provider)) {
      const known = providers.map(({ id }) => id).join(", ");
      throw declarationInvalid(`${name}: provider ${provider}, but there are only ${known}`);
    }
  }
  const assets: FunctionAsset[] = [];
  for (const provider of providers) {
    const own = declarationsOf(provider.id, declarations);
    const names = Object.keys(own.secrets);
    if (names.length === 0) continue;
    const secrets = names.map((name) => declaredSecret(own, name, provider));
    for (const { config } of secrets) await provider.checkConfig(config);
    const folder = join(outDir, functionName(provider.id));
    await bundleFunction(provider, folder);
    await writeFile(join(folder, "keyturn.json"), `${JSON.stringify(own, null, 2)}\n`);
    assets.push({ provider, folder, declarations: own, secrets });
  }
  return assets;
}
