#!/usr/bin/env node
// The command `rotate-secret`: `keyturn rotate-secret` by a name that nobody has to look up when a key has leaked.
process.argv.splice(2, 0, "rotate-secret");
await import("./keyturn.mjs");
