import { afterAll, beforeAll, expect, test } from "vitest";
import { builtin } from "../../providers/index.js";
import { chosen } from "../../services/cli/rotate/show-found.js";
import { type Rotating, startRotating } from "./rotating.js";

let the: Rotating;
beforeAll(async () => {
  the = await startRotating({
    providers: builtin.filter(({ id }) =>
      ["github/installation-token", "stripe/restricted-key", "stripe/webhook-secret"].includes(id),
    ),
  });
});
afterAll(() => the.close());

const all = () => [the.bench.github, the.bench.stripe, the.bench.webhook];
const snapshots = () => Promise.all(all().map(the.bench.snapshot));

test("shows where and how many first; nothing happens until the environment's name is typed", async () => {
  const { bench, run } = the;
  const before = await snapshots();
  for (const typed of [undefined, "live", ""]) {
    const ran = await run("--leaked --all", typed === undefined ? {} : { typed });
    expect(ran).toMatchObject({ code: 2, stdout: "" });
    expect(ran.said[0]).toBe(
      [
        `Account 123456789012, Region us-east-1, endpoint ${bench.sandbox.urls.aws}, environment test`,
        "3 secrets: the current and the previous key of each, replaced and killed",
        "  github/installation-token  1",
        "  stripe/restricted-key      1",
        "  stripe/webhook-secret      1",
      ].join("\n"),
    );
  }
  const dry = await run("--leaked --all --dry-run");
  expect(dry).toMatchObject({ code: 0, stdout: expect.stringMatching(/\nNothing was changed\.\n$/) });
  expect(dry.stdout.split("\n")).toHaveLength(5);
  expect(await snapshots()).toEqual(before);
  expect((await run("--leaked --provider github/deploy-key --yes")).code).toBe(6);
});

test("by tag: only those; the name that was typed agrees", async () => {
  const { bench, run } = the;
  const { github, stripe, webhook } = bench;
  await bench.aws.tagResource({ SecretId: github.name, Tags: [{ Key: "team", Value: "payments" }] });
  const before = [await bench.snapshot(stripe), await bench.snapshot(webhook)];
  const [leaked] = bench.handles(github, "live");
  const { code, stdout } = await run("--leaked --tag team=payments --json", { typed: "test" });
  expect(code).toBe(0);
  const told = JSON.parse(stdout);
  expect(told).toMatchObject({ account: "123456789012", region: "us-east-1", environment: "test" });
  expect(told.secrets).toMatchObject([{ secret: github.name, outcome: "contained" }]);
  expect(bench.handles(github, "live")).not.toContain(leaked);
  expect([await bench.snapshot(stripe), await bench.snapshot(webhook)]).toEqual(before);
});

test("one that fails stops no other, one that is throttled comes again; then the same again does the rest", async () => {
  const { bench, run, write } = the;
  const { github, stripe, webhook } = bench;
  const since = bench.sandbox.timeline.now().toISOString();
  await write({}, { "app/not-there": stripe.declaration });
  await bench.aws.cancelRotateSecret({ SecretId: stripe.name });
  // The SDK sends each request twice before it counts as throttled; this one comes before anything is marked.
  const operation = "ListSecretVersionIds";
  bench.sandbox.faults.add({ service: "secretsmanager", operation, times: 4, fault: { kind: "throttle" } });
  const first = await run("--leaked --all --yes --concurrency 2");
  expect(first.code).toBe(1);
  const lines = first.stdout.split("\n");
  expect(lines[0]).toBe("4 secrets: 2 contained, 1 not replaced, 1 failed");
  expect(lines).toContain("Slowest");
  expect(first.stdout).toMatch(
    /Not contained\n {2}app\/not-there .*store_missing.*\n {2}\S+restricted-key +not replaced\n/,
  );
  const goOn = /To go on: keyturn rotate-secret (--leaked --all --made-before (\S+))/.exec(first.stdout);
  expect(Date.parse(goOn?.[2] ?? "")).toBeGreaterThanOrEqual(Date.parse(since));

  await write();
  await bench.aws.rotateSecret({ SecretId: stripe.name, RotateImmediately: false });
  await bench.sandbox.timeline.idle();
  const kept = [bench.handles(github, "live"), bench.handles(webhook, "live")];
  const again = await run(`${goOn?.[1]} --yes --wait --json`);
  expect(again.code).toBe(0);
  expect(JSON.parse(again.stdout).secrets).toMatchObject([
    { secret: github.name, outcome: "nothing_to_do" },
    { secret: stripe.name, outcome: "contained", because: "marked" },
    { secret: webhook.name, outcome: "nothing_to_do" },
  ]);
  expect([bench.handles(github, "live"), bench.handles(webhook, "live")]).toEqual(kept);
});

test.each([
  ["1", [0]],
  [" 3, 1 1 ", [2, 0]],
  ["all", [0, 1, 2]],
  ["", undefined],
  ["4", undefined],
  ["1 x", undefined],
  ["all 1", undefined],
])("of three, %j is %j", (typed, indices) => expect(chosen(typed, 3)).toEqual(indices));
