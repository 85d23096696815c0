import { fileURLToPath } from "node:url";
import { builtin } from "../../providers/index.js";
import { functionName } from "../function-name.js";
import { bundleFunction } from "./bundle.js";

// The second half of `npm run build`, run from dist/ by plain node.
await Promise.all(
  builtin.map((provider) =>
    bundleFunction(
      provider,
      fileURLToPath(new URL(`../../functions/${functionName(provider.id)}`, import.meta.url)),
    ),
  ),
);
