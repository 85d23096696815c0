import { fileURLToPath } from "node:url";
import { builtin } from "../../providers/index.js";
import { bundleFunction, functionFolder } from "./bundle.js";

// The second half of `npm run build`, run from dist/ by plain node.
await Promise.all(
  builtin.map((provider) =>
    bundleFunction(
      provider,
      fileURLToPath(new URL(`../../functions/${functionFolder(provider.id)}`, import.meta.url)),
    ),
  ),
);
