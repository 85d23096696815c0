import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import type { Provider } from "../../providers/kit/plug.js";
import { functionName } from "../function-name.js";
import { type FunctionModule, rotationFunction } from "../rotation/function.js";

/** The function that rotates a provider's secrets: the bundle that is deployed, or, run from source, the source. */
export async function loadFunction(provider: Provider): Promise<FunctionModule> {
  if (extname(fileURLToPath(import.meta.url)) === ".ts") return rotationFunction(provider);
  return import(new URL(`../../functions/${functionName(provider.id)}/index.mjs`, import.meta.url).href);
}
