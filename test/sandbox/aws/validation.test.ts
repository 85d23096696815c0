import { afterAll, beforeEach, describe, expect, test } from "vitest";
import * as z from "zod/mini";
import { operations } from "../../../services/sandbox/aws/operations/index.js";
import { newToken, startSecretsManager } from "./harness.js";
import { required, SecretId, tables } from "./members.js";

const aws = await startSecretsManager(afterAll);
const errorShape = z.object({ __type: z.optional(z.string()) });

const codeOf = async (operation: string, body: unknown) =>
  errorShape.parse((await aws.send(operation, body)).body).__type;

/** What a request is refused with before it is looked at any further. */
const shapeRefusal = async (operation: string, body: unknown) => {
  const code = await codeOf(operation, body);
  return code === "ValidationException" || code === "SerializationException" ? code : undefined;
};

const brief = (given: unknown) => JSON.stringify(given)?.slice(0, 60);

test("the tables name every operation", () => {
  expect(Object.keys(tables)).toEqual([...operations.keys()]);
});

describe.each(Object.entries(tables))("%s", (operation, { base, members }) => {
  beforeEach(async () => {
    aws.reset();
    await aws.createSecret();
    await aws.client.tagResource({ SecretId, Tags: [{ Key: "kept", Value: "v" }] });
  });

  test("refuses what is too short, too long, of a wrong form or type, by its code, and changes nothing", async () => {
    const before = await aws.everything();
    const rows = Object.entries(members).flatMap(([member, { bad }]) =>
      bad.map(([given, code]) => ({ member, given, code })),
    );
    const expected = rows.map(({ member, given, code }) => [member, brief(given), code]);
    const answers = await Promise.all(
      rows.map(async ({ member, given }) => [
        member,
        brief(given),
        await codeOf(operation, { ...base, [member]: given }),
      ]),
    );
    expect(answers).toEqual(expected);
    expect(await aws.everything()).toEqual(before);
  });

  test("lets through what just fits", async () => {
    for (const [member, { good }] of Object.entries(members)) {
      for (const given of good) {
        expect(
          await shapeRefusal(operation, { ...base, [member]: given }),
          `${member} ${brief(given)}`,
        ).toBeUndefined();
      }
    }
  });

  test("a member that is null counts as absent, and what is required must be there", async () => {
    const needed = required[operation] ?? [];
    for (const member of Object.keys(members)) {
      const { [member]: _, ...absent } = base;
      const expected = needed.includes(member) ? "ValidationException" : undefined;
      for (const body of [absent, { ...base, [member]: null }]) {
        expect(await shapeRefusal(operation, body), member).toBe(expected);
      }
    }
  });

  test("refuses members that it does not know, by name", async () => {
    for (const member of ["Type", "Nonsense", "secretId"]) {
      const { body } = await aws.send(operation, { ...base, [member]: "x" });
      expect(JSON.stringify(body)).toMatch(
        new RegExp(`ValidationException.*does not support ${member} at 'the request'`),
      );
    }
  });
});

test("a null within a list counts as absent too", async () => {
  aws.reset();
  await aws.createSecret();
  const Tags = [{ Key: "a", Value: null }];
  expect(await codeOf("TagResource", { SecretId, Tags })).toBeUndefined();
  expect((await aws.client.describeSecret({ SecretId })).Tags).toEqual([{ Key: "a", Value: "" }]);
  expect(await codeOf("TagResource", { SecretId, Tags: [{ Key: null }] })).toBe("ValidationException");
});

test("a refusal names the place as AWS does, and never the value", async () => {
  const secret = "s".repeat(70_000);
  const { body } = await aws.send("CreateSecret", {
    ...{ Name: "n", ClientRequestToken: newToken(), SecretString: secret, Tags: [{ Key: "a" }, { Key: "" }] },
  });
  const { Message, message = Message } = z
    .object({ Message: z.optional(z.string()), message: z.optional(z.string()) })
    .parse(body);
  expect(message).toBe(
    "2 validation errors detected: Value at 'secretString' failed to satisfy constraint: Member must have length " +
      "less than or equal to 65536; Value at 'tags.2.member.key' failed to satisfy constraint: Member must have " +
      "length greater than or equal to 1",
  );
});
