import { afterAll, beforeAll, expect, test } from "vitest";
import { builtin } from "../../providers/index.js";
import type { SeededSecret } from "../../services/sandbox/seed.js";
import { type Rotating, startRotating } from "./rotating.js";

let the: Rotating;
beforeAll(async () => {
  the = await startRotating({
    providers: builtin.filter(({ id }) =>
      ["github/installation-token", "github/deploy-key", "stripe/restricted-key"].includes(id),
    ),
  });
});
afterAll(() => the.close());

async function holder(secret: SeededSecret, stage: string): Promise<string> {
  const labels = await the.bench.labels(secret);
  return Object.keys(labels).find((id) => labels[id]?.includes(stage)) ?? "";
}
const marks = async (secret: SeededSecret) =>
  Object.values(await the.bench.labels(secret))
    .flat()
    .filter((label) => label.startsWith("keyturn:"));

test("current and previous of the moment are replaced, killed and proved dead; the receipt is shown whole", async () => {
  const { bench, run } = the;
  const { github } = bench;
  await bench.rotate(github);
  const [current, previous] = [await holder(github, "AWSCURRENT"), await holder(github, "AWSPREVIOUS")];
  const leaked = bench.handles(github, "live");
  expect(leaked).toHaveLength(2);
  const { code, stdout, said } = await run([
    "--leaked",
    github.name,
    "--reason",
    "pasted in chat",
    "--by",
    "ada",
  ]);
  expect(code).toBe(0);
  const now = await holder(github, "AWSCURRENT");
  expect(said.slice(0, 3)).toEqual([
    `${github.name}: reported as leaked: versions ${current}, ${previous}`,
    `marked: version ${current}`,
    `marked: version ${previous}`,
  ]);
  expect(said.filter((line) => line.startsWith("replaced by"))).toEqual([
    expect.stringMatching(`^replaced by version ${now}, \\d+ s after the report$`),
  ]);
  for (const handle of leaked) {
    expect(said.filter((line) => line.startsWith(`killed: ${handle}`))).toHaveLength(1);
    expect(said.filter((line) => line.startsWith(`refused: ${handle}`))).toHaveLength(1);
    expect(bench.handles(github, "live")).not.toContain(handle);
  }
  const lines = stdout.split("\n").map((line) => line.trim().replace(/\s{2,}/g, ": "));
  expect(lines[0]).toBe(`${github.name}: CONTAINED: every leaked key is dead.`);
  expect(lines).toEqual(
    expect.arrayContaining(["by: ada", "source: cli", "reason: pasted in chat", `version: ${now}`]),
  );
  expect(lines.filter((line) => line.startsWith("leaked key: "))).toHaveLength(2);
  expect(lines.filter((line) => /^dead after: \d+ s$/.test(line))).toHaveLength(2);
  expect(lines.filter((line) => line.startsWith("consumers: Whoever caches"))).toHaveLength(1);
  expect(await marks(github)).toEqual([]);

  const again = await run([github.name, "--leaked", "--only", previous, "--json"]);
  expect(again.code).toBe(6);
  expect(JSON.parse(again.stdout)).toMatchObject({
    outcome: "nothing_to_do",
    because: "named",
    goesOn: true,
  });
  expect(await holder(github, "AWSCURRENT")).toBe(now);
});

test("keys that were made since have not leaked", async () => {
  const { bench, run } = the;
  const { github } = bench;
  const before = await bench.snapshot(github);
  const future = await run([github.name, "--leaked", "--made-before", "2026-01-01T00:00:00Z"]);
  expect(future).toMatchObject({ code: 6, stdout: expect.stringMatching(/made after the leak/) });
  expect(await bench.snapshot(github)).toEqual(before);
  const none = await run([github.name, "--leaked", "--only", "pending"]);
  expect(none).toMatchObject({ code: 1, error: { code: "version_missing" } });
  expect(await bench.snapshot(github)).toEqual(before);
});

test("kill first: refused while a rollback would spare the outage, unless even so", async () => {
  const { bench, run } = the;
  const { github } = bench;
  await bench.rotate(github);
  const before = await bench.snapshot(github);
  const { handle } = (await bench.value(github, "AWSCURRENT")).keyturn;
  const line = `${github.name} --leaked --only current --kill-first`;
  expect(await run(line)).toMatchObject({ code: 1, error: { code: "rollback_first" } });
  expect(await bench.snapshot(github)).toEqual(before);
  const { code, stdout } = await run(`${line} --even-so`);
  expect(code).toBe(0);
  expect(stdout).toMatch(/consumers +Whoever caches the value failed from the kill on/);
  expect(bench.handles(github, "live")).not.toContain(handle);
});

test("a deploy key is not yet dead after one run; the same again goes on with the marks, and leaves the new key alone", async () => {
  const { bench, run } = the;
  const { deployKey } = bench;
  const leaked = await holder(deployKey, "AWSCURRENT");
  const [handle] = bench.handles(deployKey, "live");
  const first = await run([deployKey.name, "--leaked", "--only", "current", "--json"]);
  expect(first.code).toBe(4);
  const told = JSON.parse(first.stdout);
  expect(told).toMatchObject({ outcome: "not_dead", report: { versions: [leaked] }, goesOn: true });
  const replacement = await holder(deployKey, "AWSCURRENT");
  expect(replacement).not.toBe(leaked);

  const { code, stdout, said } = await run([deployKey.name, "--leaked", "--wait", "--json"]);
  expect(code).toBe(0);
  expect(said).toContain(
    `The current version ${replacement} is not among them. If it leaked too: --only current`,
  );
  const { receipt, because, report } = JSON.parse(stdout);
  expect({ because, versions: report.versions }).toEqual({ because: "marked", versions: [leaked] });
  expect(receipt).toMatchObject({
    ...{ reportedAt: told.report.at, replacedBy: { version: replacement } },
    keys: [{ version: leaked, handle }],
  });
  expect(await holder(deployKey, "AWSCURRENT")).toBe(replacement);
  expect(await marks(deployKey)).toEqual([]);
});

test("interrupted, it says what goes on, and that does", async () => {
  const { bench, run } = the;
  const { stripe } = bench;
  const [leaked] = bench.handles(stripe, "live");
  const { code, stdout, said } = await run([stripe.name, "--leaked", "--wait"], { interruptAt: /^marked/ });
  expect({ code, stdout }).toEqual({ code: 130, stdout: "" });
  const [version] = said[0]?.split(/versions? /)[1]?.split(", ") ?? [];
  expect(said.at(-1)).toMatch(
    /^Interrupted. The work goes on in AWS: a schedule calls arn:aws:lambda:.* every minute/,
  );
  expect(said.at(-1)).toContain(`keyturn rotate-secret ${stripe.name} --leaked --only ${version}`);
  await bench.sandbox.timeline.advance(4 * 60_000);
  expect(bench.handles(stripe, "live")).not.toContain(leaked);
  expect(await marks(stripe)).toEqual([]);
});

test("what cannot be replaced is said to be so", async () => {
  const { bench, run } = the;
  const { stripe } = bench;
  const fault = { kind: "status", status: 500 } as const;
  bench.sandbox.faults.add({ service: "stripe", operation: "POST /v2/iam/api_keys", times: "always", fault });
  const { code, stdout } = await run([stripe.name, "--leaked", "--only", "current"]);
  bench.sandbox.faults.clear();
  expect(code).toBe(5);
  expect(stdout).toMatch(/NOT REPLACED: the current version still holds a leaked key.*goes on in AWS/s);
});

test("with no schedules around the secret it says that nothing goes on, and works all the same", async () => {
  const { bench, run, write } = the;
  const { github } = bench;
  await write({ environment: "nowhere" });
  const { code, stdout, said } = await run([github.name, "--leaked", "--json"]);
  await write();
  expect(code).toBe(0);
  expect(said).toContain("No schedules stand around this secret: nothing goes on when this command ends.");
  expect(JSON.parse(stdout)).toMatchObject({
    outcome: "contained",
    goesOn: false,
    receipt: { replacedBy: {} },
  });
});
