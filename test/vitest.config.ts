import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const shared = {
  env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true" },
  setupFiles: ["test/redaction/setup.ts"],
  testTimeout: 20_000,
  hookTimeout: 30_000,
};

export default defineConfig({
  root: fileURLToPath(new URL("..", import.meta.url)),
  test: {
    globalSetup: "test/built.ts",
    pool: "threads",
    // A worker waits for sockets a tenth of its time.
    maxWorkers: availableParallelism() + 1,
    projects: [
      {
        test: {
          ...shared,
          name: "keyturn",
          isolate: false,
          include: ["test/**/*.test.ts"],
          exclude: ["test/infra/**"],
          sequence: { groupOrder: 0 },
        },
      },
      // Each of these holds half a gigabyte: one at a time, and after the others.
      {
        test: {
          ...shared,
          name: "infra",
          isolate: false,
          include: ["test/infra/**/*.test.ts"],
          maxWorkers: 1,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
