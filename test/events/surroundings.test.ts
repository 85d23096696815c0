import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, onTestFinished, test, vi } from "vitest";
import { builtin } from "../../providers/index.js";
import { rotationFunction, surroundingsFrom } from "../../services/rotation/function.js";
import { surroundingsVariables } from "../../services/surroundings.js";

const variables = Object.values(surroundingsVariables);
afterEach(() => {
  vi.unstubAllEnvs();
});

/** What a deployed function throws, once a process, when it is called with no event at all. */
async function calledWith(environment: Record<string, string | undefined>): Promise<unknown> {
  const folder = await mkdtemp(join(tmpdir(), "keyturn-function-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, "keyturn.json"), JSON.stringify({ installation: "test2222", secrets: {} }));
  for (const [name, value] of Object.entries({ ...environment, LAMBDA_TASK_ROOT: folder }))
    vi.stubEnv(name, value);
  const [provider] = builtin;
  if (!provider) throw new Error("no provider");
  vi.spyOn(process.stdout, "write").mockReturnValue(true);
  onTestFinished(() => {
    vi.restoreAllMocks();
  });
  return rotationFunction(provider)
    .handler({}, { getRemainingTimeInMillis: () => 60_000 })
    .catch((error: unknown) => error);
}

test("what surrounds a function is read from its variables", () => {
  const environment = Object.fromEntries(variables.map((name) => [name, `the ${name}`]));
  expect(surroundingsFrom({ ...environment, PATH: "/bin" })).toEqual(
    Object.fromEntries(
      Object.entries(surroundingsVariables).map(([name, variable]) => [name, `the ${variable}`]),
    ),
  );
});

test("a function without any of them, or with all, goes on to its event", async () => {
  expect(await calledWith({})).toMatchObject({ code: "event_invalid" });
  const all = Object.fromEntries(variables.map((name) => [name, "x"]));
  expect(await calledWith(all)).toMatchObject({ code: "event_invalid" });
});

test.each(variables)("a function without %s, or with nothing in it, says so", async (missing) => {
  const some = Object.fromEntries(variables.map((name) => [name, name === missing ? undefined : "x"]));
  for (const value of [undefined, ""]) {
    const thrown = await calledWith({ ...some, [missing]: value });
    expect(thrown).toMatchObject({ code: "declaration_invalid", message: expect.stringContaining(missing) });
    const others = variables.filter((name) => name !== missing);
    expect(
      others.filter((name) => String(thrown).includes(`${name},`) || String(thrown).includes(`${name} `)),
    ).toEqual([]);
  }
});
