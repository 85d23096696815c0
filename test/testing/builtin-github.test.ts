import { describe, it } from "vitest";
import { conformance } from "../../services/testing/index.js";
import { nameOf } from "../../services/testing/subject.js";
import { deployKeysByApi, deployKeysBySsh, tokens } from "./subjects.js";

describe(nameOf(tokens), () => {
  for (const { name, run } of conformance(tokens)) it(name, run);
});

describe(nameOf(deployKeysBySsh), () => {
  for (const { name, run } of conformance(deployKeysBySsh)) it(name, run);
});

// Only `verify` asks another server: what does not depend on that is checked above.
describe(nameOf(deployKeysByApi), () => {
  const asking = ["fake", "config", "generate", "verify.life", "hosts", "abort"];
  for (const { id, name, run } of conformance(deployKeysByApi)) if (asking.includes(id)) it(name, run);
});
