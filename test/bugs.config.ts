import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

/** Seeded bugs, of providers and of the core, and every protocol trace with every kind of key: what proves that the other tests bite. */
export default defineConfig({
  root: fileURLToPath(new URL("..", import.meta.url)),
  test: {
    name: "bugs",
    include: ["test/**/*.check.ts", "test/protocol/*.test.ts"],
    exclude: ["test/clients/**", "test/openapi/**"],
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true", TRACES: "all" },
    setupFiles: ["test/redaction/setup.ts"],
    pool: "threads",
    maxWorkers: "100%",
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
