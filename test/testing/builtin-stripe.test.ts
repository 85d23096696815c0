import { describe, it } from "vitest";
import { conformance } from "../../services/testing/index.js";
import { nameOf } from "../../services/testing/subject.js";
import { liveModeKeys, signingSecrets, testModeKeys } from "./subjects.js";

describe.each([testModeKeys, signingSecrets].map((subject) => [nameOf(subject), subject] as const))(
  "%s",
  (_name, subject) => {
    for (const { name, run } of conformance(subject)) it(name, run);
  },
);

// Each key of live mode comes encrypted to an RSA key that is made for it: what does not depend on that is checked above.
describe(nameOf(liveModeKeys), () => {
  const making = ["fake", "make.one", "make.lost", "key.shape"];
  for (const { id, name, run } of conformance(liveModeKeys)) if (making.includes(id)) it(name, run);
});
