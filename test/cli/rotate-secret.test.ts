import { once } from "node:events";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { classicText } from "../../providers/github/fake/token-text.js";
import { keyturnWith } from "./keyturn.js";
import { parse, type Rotating, startRotating } from "./rotating.js";

describe("the command line", () => {
  test("--leaked takes no value: option and name stand in any order", async () => {
    const [one, other] = [await parse("--leaked", "app/key"), await parse("app/key", "--leaked")];
    expect(one).toMatchObject({ kind: "leaked", secret: "app/key", followSeconds: 0 });
    expect(other).toEqual(one);
  });

  test.each([
    ["app/key --wait", /--wait is for leaked keys: add --leaked/],
    ["--all", /add --leaked/],
    ["", /expected the name of a secret/],
    ["--leaked", /expected the name of a secret, or --provider/],
    ["app/key --leaked --all", /not both/],
    ["app/key --leaked --now", /--now goes without --leaked/],
    ["app/key --leaked --even-so", /--even-so goes with --kill-first/],
    ["app/key --leaked --dry-run", /--dry-run goes with/],
    ["app/key --leaked --only newest", /current, previous, pending, or a version's id/],
    ["--leaked --all --concurrency 0", /from 1 to 32/],
    ["--leaked --all --made-before yesterday", /a time with its zone/],
    ["app/key --leaked-value -", /finds the secret by itself/],
    ["--leaked-value - --revoke-at-github --github-api http://github.example", /https URL/],
  ])("rotate-secret %s: %s", async (line, told) => {
    expect(await parse(...line.split(" ").filter(Boolean))).toMatch(told);
  });

  test("a key on the command line is refused, and not repeated", async () => {
    const key = classicText("ghp_");
    for (const args of [["--leaked-value", key], [`--leaked-value=${key}`], [key], ["--leaked", key]]) {
      const told = await parse(...args);
      expect(told).toMatch(/standard input/);
      expect(told).not.toContain(key);
    }
  });
});

describe("an ordinary rotation", () => {
  let the: Rotating;
  beforeAll(async () => {
    the = await startRotating();
  });
  afterAll(() => the.close());

  test("is followed by its labels until its key is current; the previous one works on", async () => {
    const { bench, run } = the;
    const { name } = bench.github;
    const [before] = bench.handles(bench.github, "live");
    const { code, stdout, said } = await run(`${name}`);
    const labels = await bench.labels(bench.github);
    const current = Object.keys(labels).find((id) => labels[id]?.includes("AWSCURRENT"));
    const previous = Object.keys(labels).find((id) => labels[id]?.includes("AWSPREVIOUS"));
    expect(code).toBe(0);
    expect(said).toEqual([
      `rotation ${current} is started`,
      `staged: version ${current} is AWSPENDING`,
      `current: version ${current} is AWSCURRENT`,
      expect.stringMatching(`^previous: version ${previous} works until 2026-`),
    ]);
    expect(stdout).toMatch(
      `${name}: rotated. Version ${current} is current.\nThe key of version ${previous}`,
    );
    expect(bench.handles(bench.github, "live")).toContain(before);
  });

  test("inside an open overlap nothing happens, and it says until when; --now ends the previous key first", async () => {
    const { bench, run } = the;
    const { name } = bench.github;
    const before = await bench.snapshot(bench.github);
    const refused = await run(name);
    expect(refused).toMatchObject({ code: 1, said: [], stdout: "", error: { code: "overlap_open" } });
    expect(refused.error?.message).toMatch(/overlap ends at 2026-.*Z.*Nothing was changed.*--now/);
    expect(await bench.snapshot(bench.github)).toEqual(before);

    const from = bench.sandbox.journal.last;
    const previous = (await bench.value(bench.github, "AWSPREVIOUS")).keyturn.handle;
    const { code, stdout, said } = await run([name, "--now", "--json"]);
    expect(code).toBe(0);
    expect(said.slice(0, 2)).toEqual([
      `ending the previous key ${previous} first`,
      `refused: ${previous} is dead`,
    ]);
    expect(JSON.parse(stdout)).toMatchObject({ action: "rotate", outcome: "rotated", endedFirst: previous });
    const operations = bench.sandbox.journal
      .since(from)
      .flatMap((entry) => (entry.kind === "request" ? [entry.operation] : []));
    const ended = operations.indexOf("DELETE /installation/token");
    expect(ended).toBeGreaterThan(operations.indexOf("UpdateSecretVersionStage"));
    expect(operations.indexOf("RotateSecret")).toBeGreaterThan(ended);
    const labels = Object.values(await bench.labels(bench.github)).flat();
    expect(labels.filter((label) => label.startsWith("keyturn:"))).toEqual([]);
    expect(bench.handles(bench.github, "live")).not.toContain(previous);
  });

  test("a time-out says what goes on; a rotation that is open is followed, not refused", async () => {
    const { bench, run } = the;
    const { name } = bench.stripe;
    bench.sandbox.secretsManager.set("retries", 0);
    bench.sandbox.faults.add({ service: "stripe", times: "always", fault: { kind: "status", status: 500 } });
    const open = await run([name, "--timeout", "1m"]);
    expect(open).toMatchObject({ code: 1, error: undefined });
    expect(open.stdout).toMatch(/is not done yet. It goes on in AWS: keyturn status/);
    bench.sandbox.faults.clear();
    const token = /rotation (\S+) is/.exec(open.stdout)?.[1];
    const again = await run([name, "--json"]);
    expect(again.code).toBe(0);
    expect(again.said[0]).toBe(`rotation ${token} was open already: AWS takes it up again`);
    expect(JSON.parse(again.stdout)).toMatchObject({ outcome: "rotated", rotation: token });
  });

  test("--no-wait does not follow it; rotation that is off is not turned on", async () => {
    const { bench, run } = the;
    const { name } = bench.github;
    const started = await run([name, "--now", "--no-wait"]);
    expect(started.code).toBe(0);
    expect(started.said.at(-1)).toMatch(/^rotation \S+ is started$/);
    await bench.sandbox.timeline.idle();
    await bench.aws.cancelRotateSecret({ SecretId: name });
    expect(await run(name)).toMatchObject({ code: 1, error: { code: "rotation_disabled" } });
    expect(await bench.aws.describeSecret({ SecretId: name })).toMatchObject({ RotationEnabled: false });
  });

  test("as a process: what is pasted is read from standard input, Ctrl-C leaves the work to AWS, and the exit code tells", async () => {
    const { bench, config, env } = the;
    const { github, stripe } = bench;
    await bench.aws.rotateSecret({ SecretId: github.name, RotateImmediately: false });
    await bench.sandbox.timeline.idle();
    const { SecretString = "{}" } = await bench.aws.getSecretValue({ SecretId: github.name });
    const { token } = JSON.parse(SecretString);
    const pasted = keyturnWith(env, "rotate-secret", "--leaked-value", "-", "--config", config);
    pasted.child.stdin?.end(`TOKEN=${token}\n`);
    const waiting = keyturnWith(env, "rotate-secret", stripe.name, "--leaked", "--wait", "--config", config);
    const { stderr } = waiting.child;
    for (let told = ""; !told.includes("marked: "); ) {
      if (!stderr) break;
      told += String((await once(stderr, "data"))[0]);
    }
    waiting.child.kill("SIGINT");
    const [contained, interrupted] = await Promise.all([pasted.ended, waiting.ended]);
    expect(contained).toMatchObject({
      ...{ code: 0, stdout: expect.stringMatching(`^${github.name}: CONTAINED`) },
      stderr: expect.stringMatching(`current version .*\n${github.name}: reported as leaked`),
    });
    expect(contained.stdout + contained.stderr).not.toContain(token);
    expect(interrupted).toMatchObject({ code: 130, stdout: "" });
    expect(interrupted.stderr).toMatch(/\nInterrupted. The work goes on in AWS: .* --wait\n$/);
  }, 60_000);
});
