import { expect, test } from "vitest";
import { functionArn, newValue, startSecretsManager, wellBehaved } from "./harness.js";

const SecretId = "app/key";
const day = 86_400_000;

type Proof = "none" | "own" | "wrong" | "another secret's" | "an earlier rotation's";

/** A rotation whose pending version is filled by `by`, with a RotationToken of this kind. */
async function filled(by: string, proof: Proof, pendingCreator = "checked") {
  const aws = await startSecretsManager();
  aws.manager.set("pendingCreator", pendingCreator);
  aws.manager.set("retries", 1);
  const writer = aws.connect({}, by);
  const good = wellBehaved(aws);
  const seen = new Map<string, string>();
  const { arn, version: v1 } = await aws.createSecret();
  const other = await aws.createSecret("app/other");
  aws.register(async (event, context) => {
    seen.set(event.SecretId, event.RotationToken);
    await good(event, context);
  });
  // The other secret's rotation is not over while this one is.
  await aws.rotate();
  await aws.timeline.idle();
  const earlier = seen.get(arn);
  aws.register(async (event, context) => {
    seen.set(event.SecretId, event.RotationToken);
    if (event.SecretId === other.arn) throw new Error("tried again later");
    if (event.Step !== "createSecret") return good(event, context);
    const tokens = {
      ...{ none: undefined, own: event.RotationToken, wrong: "a".repeat(48) },
      ...{ "another secret's": seen.get(other.arn), "an earlier rotation's": earlier },
    };
    const value = { SecretString: newValue(), VersionStages: ["AWSPENDING"] };
    const { SecretId: id, ClientRequestToken } = event;
    await writer
      .putSecretValue({ SecretId: id, ClientRequestToken, ...value, RotationToken: tokens[proof] })
      .catch((error: unknown) => {
        if (!(error instanceof Error) || error.name !== "ResourceExistsException") throw error;
      });
  });
  await aws.rotate({ SecretId: other.name });
  await aws.timeline.idle();
  aws.journal.length = 0;
  const token = await aws.rotate();
  await aws.timeline.idle();
  const stages = (await aws.labels())[token];
  await aws.timeline.advance(day);
  const ends = aws.journal.filter((line) => line.kind === "rotation" && line.secret === SecretId);
  return { ends, token, arn, v1, stages, aws };
}

test.each<[string, Proof, string?]>([
  ["rotation-function", "none"],
  ["rotation-function", "own"],
  ["rotation-function", "wrong"],
  ["assumed-role", "own"],
  ["assumed-role", "none", "unchecked"],
  ["assumed-role", "wrong", "unchecked"],
])("filled by %s with the token %s: the rotation succeeds (%s)", async (by, proof, pendingCreator) => {
  const { ends, stages } = await filled(by, proof, pendingCreator);
  expect(ends.map((line) => line.kind === "rotation" && line.outcome)).toEqual(["started", "succeeded"]);
  expect(stages).toEqual(["AWSCURRENT"]);
});

test.each<[string, Proof]>([
  ["assumed-role", "none"],
  ["assumed-role", "wrong"],
  ["assumed-role", "another secret's"],
  ["assumed-role", "an earlier rotation's"],
])(
  "filled by %s with the token %s: the rotation fails in AWS's words, and AWSPENDING stays",
  async (by, proof) => {
    const { ends, token, arn, stages, aws } = await filled(by, proof);
    expect(ends).toEqual([
      { kind: "rotation", secret: SecretId, token, outcome: "started" },
      {
        ...{ kind: "rotation", secret: SecretId, token, outcome: "failed" },
        reason: `Pending secret version ${token} for Secret ${arn} was not created by Lambda ${functionArn}. Remove the AWSPENDING staging label and restart rotation`,
      },
    ]);
    expect(stages).toEqual(["AWSPENDING"]);
    // What AWS advises: the label off, and another rotation.
    await aws.client.updateSecretVersionStage({
      SecretId,
      VersionStage: "AWSPENDING",
      RemoveFromVersionId: token,
    });
    aws.register(wellBehaved(aws));
    const again = await aws.rotate();
    await aws.timeline.idle();
    expect((await aws.labels())[again]).toEqual(["AWSCURRENT"]);
  },
);

test("RotationToken's form is checked before anything else is done", async () => {
  const aws = await startSecretsManager();
  await aws.createSecret();
  for (const RotationToken of ["a".repeat(35), "a".repeat(257), `${"a".repeat(40)}_`]) {
    const put = aws.client.putSecretValue({ SecretId, SecretString: newValue(), RotationToken });
    expect(await aws.refusal(put)).toMatch(/^ValidationException: .*rotationToken/);
  }
  for (const RotationToken of ["a".repeat(36), "a-B9".repeat(64)]) {
    await aws.client.putSecretValue({ SecretId, SecretString: newValue(), RotationToken });
  }
});
