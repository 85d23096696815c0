import { beforeAll, expect, test } from "vitest";
import * as z from "zod/mini";
import { arnOf, type Example, functions, policiesOf, scheduledExample } from "./example.js";

let example: Example;

beforeAll(async () => {
  example = await scheduledExample();
});

test.each(functions)(
  "$provider gets nowhere near another's secrets, queue, role or function",
  ({ prefix, names }) => {
    const own = JSON.stringify(
      [`${prefix}Role`, `${prefix}SchedulerRole`].map((role) => policiesOf(example, role)),
    );
    const patterns = (own.match(/arn:[^"]*/g) ?? []).map(like);
    for (const other of functions.filter((one) => one.prefix !== prefix)) {
      expect(own).not.toContain(other.prefix);
      for (const name of other.names) {
        expect(own).not.toContain(`ref ${name}`);
        const arn = arnOf("secretsmanager", `secret:${name}-AbCdEf`);
        expect(patterns.filter((pattern) => pattern.test(arn))).toEqual([]);
      }
    }
    // It does see a secret that a role may read.
    for (const name of names) {
      const arn = arnOf("secretsmanager", `secret:${name}-AbCdEf`);
      expect([own.includes(`"ref ${name}"`), patterns.some((pattern) => pattern.test(arn))]).toContain(true);
    }
  },
);

/** IAM's `*` and `?`. */
function like(pattern: string): RegExp {
  const escaped = pattern.replace(/[.+^$()|[\]{}\\]/g, "\\$&");
  return new RegExp(`^${escaped.replaceAll("*", ".*").replaceAll("?", ".")}$`);
}

const statement = z.object({ Effect: z.string(), Action: z.unknown(), Resource: z.unknown() });
const documents = z.object({ PolicyDocument: z.object({ Statement: z.array(statement) }) });

test("nobody may act on everything, and there is no role or policy but those told here", () => {
  const { ofType } = example;
  const policies = [...ofType("IAM::Policy"), ...ofType("SQS::QueuePolicy")];
  const allows = policies
    .flatMap(([, { Properties }]) => documents.parse(Properties).PolicyDocument.Statement)
    .filter(({ Effect }) => Effect === "Allow");
  const text = JSON.stringify(allows.map(({ Action, Resource }) => [Action, Resource]));
  // Names that are made at run time.
  expect(new Set(text.match(/[^"/]*\*[^"]*/g))).toEqual(new Set(["kt-end-*", "kt-watch-*", "*"]));
  // What is there, and no value: AWS knows no resource for it.
  const onAll = allows.filter(({ Resource }) => Resource === "*");
  expect(onAll.map(({ Action }) => Action)).toEqual(["secretsmanager:ListSecrets"]);

  const each = (...parts: string[]) => functions.flatMap(({ prefix }) => parts.map((part) => prefix + part));
  const ids = (type: string) => new Set(ofType(type).map(([id]) => id));
  expect(ids("IAM::Role")).toEqual(new Set([...each("Role", "SchedulerRole"), "ResumeRole", "LeaksRole"]));
  expect(ids("IAM::Policy")).toEqual(
    new Set([...each("Policy", "Recovery", "SchedulesPolicy"), "ResumePolicy", "LeaksPolicy"]),
  );
  expect([...ofType("IAM::ManagedPolicy"), ...ofType("SecretsManager::ResourcePolicy")]).toEqual([]);
});
