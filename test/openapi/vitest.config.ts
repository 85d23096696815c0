import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

/** Tests that talk to GitHub's fake, once more: each exchange is held against GitHub's own OpenAPI description. */
export default defineConfig({
  root: fileURLToPath(new URL("../..", import.meta.url)),
  test: {
    name: "openapi",
    include: ["test/openapi/*.check.ts", "test/providers/github/*.test.ts", "test/rotation/rotation.test.ts"],
    // The answers there are the tests' own, or there are none.
    exclude: ["**/*failures.test.ts", "**/{signer,ssh-key,deploy-key-config}.test.ts"],
    globalSetup: ["test/openapi/global.ts"],
    setupFiles: ["test/openapi/setup.ts"],
    reporters: ["default", "test/openapi/reporter.ts"],
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true" },
    pool: "threads",
    maxWorkers: "100%",
    testTimeout: 20_000,
    hookTimeout: 30_000,
  },
});
