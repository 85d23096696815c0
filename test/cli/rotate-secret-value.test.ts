import { afterAll, beforeAll, expect, test } from "vitest";
import { type Ran, type Rotating, startRotating } from "./rotating.js";

let the: Rotating;
beforeAll(async () => {
  the = await startRotating();
});
afterAll(() => the.close());

const showing = ({ stdout, said, error }: Ran) => [stdout, ...said, error?.message].join("\n");

async function keyOf(name: string, field: string): Promise<string> {
  const { SecretString = "{}" } = await the.bench.aws.getSecretValue({ SecretId: name });
  return JSON.parse(SecretString)[field];
}

test("what was pasted is found among noise, contained, and shown nowhere", async () => {
  const { bench, run } = the;
  const { github } = bench;
  const token = await keyOf(github.name, "token");
  const [handle] = bench.handles(github, "live");
  const input = `GET /repos HTTP/1.1\nAuthorization: Bearer ${token}\n{"a":"b"}\n`;
  const ran = await run("--leaked-value - --json", { input });
  expect(ran.code).toBe(0);
  expect(ran.said[0]).toMatch(
    new RegExp(`^ +1 {2}${github.name}: a GitHub App installation token, current version \\S+$`),
  );
  expect(JSON.parse(ran.stdout)).toMatchObject({
    found: { secrets: [{ secret: github.name, versions: [{ standing: "current" }] }], unmatched: [] },
    secrets: [{ outcome: "contained", because: "named", receipt: { keys: [{ handle }] } }],
  });
  expect(bench.handles(github, "live")).not.toContain(handle);
  expect(showing(ran)).not.toContain(token);
});

test("several are a list: nothing is marked until somebody has chosen", async () => {
  const { bench, run } = the;
  const { github, stripe } = bench;
  const keys = [await keyOf(github.name, "token"), await keyOf(stripe.name, "apiKey")];
  const input = keys.join("\n");
  const before = [await bench.snapshot(github), await bench.snapshot(stripe)];
  for (const typed of [undefined, "", "3", "0", "none"]) {
    const ran = await run("--leaked-value -", { input, ...(typed !== undefined && { typed }) });
    expect(ran).toMatchObject({ code: 2, stdout: "" });
    expect(ran.said[0]?.split("\n")).toHaveLength(2);
    for (const key of keys) expect(showing(ran)).not.toContain(key);
  }
  expect([await bench.snapshot(github), await bench.snapshot(stripe)]).toEqual(before);

  const [picked] = (await run("--leaked-value -", { input, typed: "1" })).stdout.split("\n");
  expect(picked).toMatch(`${github.name}: CONTAINED`);
  expect(await bench.snapshot(stripe)).toEqual(before[1]);
  expect(bench.handles(github, "live")).not.toContain(before[0]?.live[0]);
});

test("several at once; what is no secret's here keeps the exit from being 0", async () => {
  const { bench, run } = the;
  const { github, stripe } = bench;
  const person = bench.sandbox.vendors.github.makePersonalAccessToken("octo-person");
  const input = [await keyOf(github.name, "token"), await keyOf(stripe.name, "apiKey"), person.token].join(
    " ",
  );
  const ran = await run("--leaked-value - --yes --wait", { input });
  expect(ran.code).toBe(1);
  expect(ran.stdout).toMatch(/^2 secrets: 2 contained$/m);
  expect(ran.said).toContain("1 of what was found is not contained by this: see above.");
});

test("what no secret holds is named, with what can be done; GitHub's public call is made when asked for", async () => {
  const { bench, run } = the;
  const { vendors, urls, journal } = bench.sandbox;
  const { token } = vendors.github.makePersonalAccessToken("octo-person");
  const accepted = async () =>
    (
      await fetch(`${urls.github}/repos/octo-person/none/keys`, {
        headers: { authorization: `Bearer ${token}` },
      })
    ).status;
  const isKnown = await accepted();
  const ran = await run("--leaked-value -", { input: `export GH=${token}` });
  expect(ran).toMatchObject({
    code: 1,
    stdout: expect.stringMatching(/^NOT CONTAINED: no secret here holds it/),
  });
  expect(ran.said[0]).toMatch(
    /a classic personal access token of GitHub, which no secret .*\n.*credentials\/revoke/,
  );
  expect(await accepted()).toBe(isKnown);

  const from = journal.last;
  const revoked = await run(["--leaked-value", "-", "--revoke-at-github", "--github-api", urls.github], {
    input: `export GH=${token}`,
  });
  expect(revoked.code).toBe(4);
  expect(await accepted()).toBe(401);
  const call = journal
    .since(from)
    .find((entry) => entry.kind === "request" && entry.operation === "POST /credentials/revoke");
  expect(call).toMatchObject({ status: 202 });
  for (const one of [ran, revoked]) expect(showing(one)).not.toContain(token);

  bench.sandbox.faults.add({ service: "github", fault: { kind: "status", status: 403 } });
  const limited = await run(["--leaked-value", "-", "--revoke-at-github", "--github-api", urls.github], {
    input: token,
  });
  expect(limited).toMatchObject({ code: 1, error: { code: "rate_limited" } });
});

test("nothing, too much, a secret that is not declared", async () => {
  const { bench, run, write } = the;
  expect(await run("--leaked-value -", { input: "no key" })).toMatchObject({
    code: 1,
    said: [expect.stringMatching(/^No key was recognised/)],
  });
  expect(await run("--leaked-value -", { input: "x".repeat(1024 * 1024 + 1) })).toMatchObject({
    code: 1,
    error: { code: "leak_input_too_large" },
  });
  const input = await keyOf(bench.github.name, "token");
  await write({}, { [bench.github.name]: undefined });
  const before = await bench.snapshot(bench.github);
  const foreign = await run("--leaked-value - --yes", { input });
  await write();
  expect(foreign.code).toBe(1);
  expect(foreign.said[0]).toMatch(/Not from here: it is not declared in this config/);
  expect(await bench.snapshot(bench.github)).toEqual(before);
});
