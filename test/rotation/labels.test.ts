import { describe, expect, it } from "vitest";
import { leakMark, markedVersions, standing } from "../../services/rotation/labels.js";
import type { SecretView } from "../../services/store/store.js";

function view(stages: Record<string, readonly string[]>): SecretView {
  return { arn: "arn", name: "app/key", rotationEnabled: true, stages: new Map(Object.entries(stages)) };
}

describe("standing: where a rotation's version stands, by labels alone", () => {
  it.each([
    [["AWSPENDING"], "pending"],
    [["AWSPENDING", "someone:else"], "pending"],
    [["AWSCURRENT"], "current"],
    [["AWSCURRENT", "AWSPENDING"], "current"],
    [["AWSPREVIOUS", "AWSPENDING"], "returned"],
    [["AWSPREVIOUS"], "previous"],
    [["keyturn:leaked:v2"], "abandoned"],
    [[], "abandoned"],
  ])("%j is %s", (stages, expected) => {
    expect(standing(view({ v1: ["AWSCURRENT"], v2: stages }), "v2")).toBe(expected);
  });

  it("calls a version that no label shows abandoned", () => {
    expect(standing(view({ v1: ["AWSCURRENT"] }), "v2")).toBe("abandoned");
  });
});

describe("marks", () => {
  it("name the version they were set on, wherever AWS has moved the label to", () => {
    const marked = view({
      v1: ["AWSPREVIOUS", leakMark("v1")],
      v2: ["AWSCURRENT", leakMark("v0"), "keyturn:now:v1"],
    });
    expect(markedVersions(marked)).toEqual(["v1", "v0"]);
  });
});
