import { describe, expect, it } from "vitest";
import { parseEvent } from "../../services/rotation/event.js";

const event = {
  Step: "createSecret",
  SecretId: "arn:aws:secretsmanager:eu-west-1:123456789012:secret:team/app-key-a1B2c3",
  ClientRequestToken: "EXAMPLE1-90ab-cdef-fedc-ba987EXAMPLE",
  RotationToken: "r".repeat(36),
};

describe("parseEvent", () => {
  it("reads account, region and name from the ARN, and keeps the token's case", () => {
    expect(parseEvent(event)).toEqual({
      step: "createSecret",
      arn: event.SecretId,
      account: "123456789012",
      region: "eu-west-1",
      name: "team/app-key",
      token: event.ClientRequestToken,
      rotationToken: event.RotationToken,
    });
  });

  it("takes an event without RotationToken, as older ones are, and with fields it does not know", () => {
    const { RotationToken, ...older } = event;
    expect(RotationToken).toBeDefined();
    expect(parseEvent({ ...older, Newer: 1 })).not.toHaveProperty("rotationToken");
  });

  it.each<[string, unknown]>([
    ["nothing", undefined],
    ["text", "createSecret"],
    ["another service's event", { source: "aws.s3", detail: {} }],
    ["a name instead of an ARN", { ...event, SecretId: "team/app-key" }],
    ["an ARN of another service", { ...event, SecretId: event.SecretId.replace("secretsmanager", "ssm") }],
    [
      "an ARN without AWS's suffix",
      { ...event, SecretId: "arn:aws:secretsmanager:eu-west-1:123456789012:secret:x" },
    ],
    ["a short token", { ...event, ClientRequestToken: "short" }],
    ["a token with a line break", { ...event, ClientRequestToken: `${"t".repeat(40)}\n` }],
    ["a number for a step", { ...event, Step: 1 }],
  ])("refuses %s", (_, input) => {
    expect(() => parseEvent(input)).toThrow(
      expect.objectContaining({ code: "event_invalid", retryable: false }),
    );
  });

  it.each(["create_secret", "CreateSecret", "", "toString"])("refuses the step %j", (Step) => {
    expect(() => parseEvent({ ...event, Step })).toThrow(expect.objectContaining({ code: "step_unknown" }));
  });
});
