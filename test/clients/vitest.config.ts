import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

/** Clients of AWS that are not JavaScript, against the sandbox. They come from the system, not from npm. */
export default defineConfig({
  root: fileURLToPath(new URL("../..", import.meta.url)),
  test: {
    name: "clients",
    include: ["test/clients/*.check.ts"],
    globalSetup: ["test/clients/global.ts"],
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true" },
    pool: "threads",
    maxWorkers: "100%",
    // Each start of AWS's command line takes a good part of a second of one core.
    maxConcurrency: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
