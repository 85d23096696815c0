import { appRoutes } from "../../providers/github/fake/app-routes.js";
import { credentialRoutes } from "../../providers/github/fake/credential-routes.js";
import { deployKeyRoutes } from "../../providers/github/fake/deploy-key-routes.js";
import { openRoutes } from "../../providers/github/fake/open-routes.js";
import { tokenRoutes } from "../../providers/github/fake/token-routes.js";

const routes = [...appRoutes, ...tokenRoutes, ...deployKeyRoutes, ...credentialRoutes, ...openRoutes];

/** What the fake answers, as `METHOD /path/{part}`, in the words of GitHub's description. */
export const operationsInUse: readonly string[] = routes.flatMap(({ template, methods }) =>
  Object.keys(methods).map((method) => `${method} ${template}`),
);
