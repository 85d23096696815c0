#!/usr/bin/env node
// Plain JavaScript, and in the repository: npm makes a command only of a file that is there, and remembers
// for good when it was not. So this one always is, and the command itself comes from the build.
import { existsSync } from "node:fs";

const command = new URL("../../dist/services/cli/main.js", import.meta.url);

if (existsSync(command)) {
  await import(command.href);
} else {
  console.error(
    "keyturn: expected a build in dist/; found none. Run npm ci in the checkout, or npm run build.",
  );
  process.exitCode = 1;
}
