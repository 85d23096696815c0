import { fileURLToPath } from "node:url";
import { builtin } from "../../providers/index.js";
import { functionName } from "../function-name.js";
import { bundleFunction, bundleIntake } from "./bundle.js";

// The second half of `npm run build`, run from dist/ by plain node.
const folder = (name: string) => fileURLToPath(new URL(`../../functions/${name}`, import.meta.url));
await Promise.all([
  bundleIntake(folder("leak-intake")),
  ...builtin.map((provider) => bundleFunction(provider, folder(functionName(provider.id)))),
]);
