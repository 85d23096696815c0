import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { builtin } from "../../providers/index.js";
import { readStatus } from "../../services/cli/run-status.js";
import { secretRef } from "../../services/rotation/event.js";
import { leakMark } from "../../services/rotation/labels.js";
import { awsOf } from "../../services/sandbox/place.js";
import { sandboxInstallation } from "../../services/sandbox/seed.js";
import { awsSchedules } from "../../services/schedules/aws-schedules.js";
import { routineName, secretIdOf } from "../../services/schedules/names.js";
import { show } from "../../services/status/show.js";
import { type Bench, startBench } from "../rotation/bench.js";
import { fieldOf, type Kind, kinds } from "../rotation/refusal.js";
import { stage } from "../rotation/staged.js";
import { mark, put } from "../rotation/steady.js";

let bench: Awaited<ReturnType<typeof startBench>>;
let folder: string;
let config: string;

/** Declares these secrets, and one that nobody has made. */
async function declare(file: string, environment: string): Promise<string> {
  const [first] = bench.seeded;
  const secrets = Object.fromEntries(bench.seeded.map(({ name, declaration }) => [name, declaration]));
  const declared = { ...secrets, ...(file.includes("more") ? { "app/gone": first?.declaration } : {}) };
  const path = join(folder, file);
  await writeFile(
    path,
    JSON.stringify({ installation: sandboxInstallation, environment, secrets: declared }),
  );
  return path;
}

beforeAll(async () => {
  bench = await startBench({ providers: builtin, environment: "live" });
  folder = await mkdtemp(join(tmpdir(), "keyturn-status-"));
  config = await declare("keyturn.json", "live");
});
afterAll(async () => {
  await bench.close();
  await rm(folder, { recursive: true });
});

const read = (secret?: string, file = config) =>
  readStatus(
    { secret, config: file, sinceSeconds: 30 * 86_400 },
    { aws: awsOf(bench.sandbox), clock: { now: () => bench.sandbox.timeline.now() } },
  );
const states = async (file = config) =>
  Object.fromEntries((await read(undefined, file)).secrets.map(({ secret, state }) => [secret, state]));

async function schedule(kind: Kind, change: { enabled: boolean }): Promise<void> {
  const { ARN = "" } = await bench.aws.describeSecret({ SecretId: bench[kind].name });
  const schedules = awsSchedules(awsOf(bench.sandbox), { scheduleGroup: "keyturn-live" }, 5_000);
  const routine = await schedules.get(routineName(secretIdOf(secretRef(ARN))));
  if (!routine) throw new Error("it has no schedule");
  await schedules.replace({ ...routine, ...change, start: undefined });
}

/** Every value of every secret. */
async function values({ aws, seeded }: Bench): Promise<readonly string[]> {
  const read = seeded.map(async ({ name, provider }) => {
    const { SecretString = "" } = await aws.getSecretValue({ SecretId: name });
    const kind = kinds.find((one) => bench[one].provider === provider) ?? "github";
    return String(JSON.parse(SecretString)[fieldOf[kind]]);
  });
  return Promise.all(read);
}

const deny = (service: string, operation?: string) =>
  bench.sandbox.faults.add({
    ...{ service, operation },
    fault: { kind: "status", status: 400, body: { __type: "AccessDeniedException" } },
  });

describe("a fleet", () => {
  it("that is well says so, when each rotates next, and writes nothing to find out", async () => {
    const from = bench.sandbox.journal.last;
    const report = await read();
    expect(report).toMatchObject({ v: 1, environment: "live", well: true });
    expect(report.secrets.map(({ level }) => level)).toEqual(["ok", "ok", "ok", "ok"]);
    const asked = bench.sandbox.journal
      .since(from)
      .flatMap((entry) => (entry.kind === "request" ? [`${entry.service} ${entry.operation}`] : []));
    expect([...new Set(asked)].sort()).toEqual([
      ...["scheduler GetSchedule", "secretsmanager DescribeSecret", "secretsmanager GetSecretValue"],
    ]);
    expect(show(report)).toBe(
      `
4 secrets of live: all well                                                        2026-06-01T00:00Z

STATE  SECRET                         KEY AGE  NEXT ROTATION  PREVIOUS KEY
ok     app/github-deploy-key          0s       in 1d          -
ok     app/github-installation-token  0s       in 45m         -
ok     app/stripe-restricted-key      0s       in 1d          -
ok     app/stripe-webhook-secret      0s       in 1d          -
`.trimStart(),
    );
  });

  it("shows no key, as text or as JSON", async () => {
    const [all, one] = [await read(), await read(bench.stripe.name)];
    const keys = await values(bench);
    expect(keys).toHaveLength(4);
    for (const text of [show(all), show(one), JSON.stringify([all, one])])
      for (const key of keys) expect(text.includes(key) || text.includes(JSON.stringify(key))).toBe(false);
  });

  it("goes on with labels where values, schedules or a secret may not be read", async () => {
    deny("secretsmanager", "DescribeSecret");
    expect(Object.values(await states())).toContain("no_access");
    deny("secretsmanager", "GetSecretValue");
    const [withheld] = (await read()).secrets.filter(({ level }) => level === "note");
    expect(withheld?.versions.map(({ holds }) => holds)).toEqual(["withheld", "withheld"]);
    deny("scheduler");
    const [unknown] = (await read()).secrets.filter(({ level }) => level === "note");
    expect(unknown).toMatchObject({ state: "ok", rotation: { startedBy: "unknown" } });
    expect(show(await read())).not.toContain("What to type");
  });

  it("in trouble: the worst first, and what to type", async () => {
    await bench.sandbox.timeline.advance(50 * 60_000);
    await mark(bench, "github", leakMark, "AWSCURRENT");
    await schedule("deployKey", { enabled: false });
    await put(bench, "webhook", "not ours");
    await stage(bench, bench.stripe);
    expect((await states())[bench.stripe.name]).toBe("open");
    await bench.sandbox.timeline.advance(3 * 60_000);
    const more = await declare("more.json", "live");
    const report = await read(undefined, more);
    expect(report.well).toBe(false);
    expect(show(report)).toBe(
      `
5 secrets of live: 4 in trouble                                                    2026-06-01T00:53Z

STATE       SECRET                         KEY AGE  NEXT ROTATION  PREVIOUS KEY
missing     app/gone                       -        not known      -
unreadable  app/stripe-webhook-secret      -        in 23h7m       ends in 1h2m
leaked      app/github-installation-token  8m       in 37m         ends in 27m
paused      app/github-deploy-key          53m      paused         -
open        app/stripe-restricted-key      53m      now            -

What to type

app/gone
  AWS knows no such secret in this account and Region.
  > Deploy it, or name the right account and Region: AWS_PROFILE, AWS_REGION.

app/stripe-webhook-secret
  No application finds a key in the current value (value_invalid), and no rotation can go on from it.
  > keyturn rollback app/stripe-webhook-secret

app/github-installation-token
  Marked as leaked, and not contained yet: ${await handle("github")} (current).
  > aws secretsmanager rotate-secret --secret-id app/github-installation-token

app/github-deploy-key
  Its rotations are paused until somebody resumes them.
  > keyturn resume app/github-deploy-key
`.trimStart(),
    );
    await bench.aws.deleteSecret({ SecretId: bench.stripe.name });
    expect((await states())[bench.stripe.name]).toBe("deleted");
    await bench.aws.restoreSecret({ SecretId: bench.stripe.name });
  });
});

const handle = async (kind: Kind) => (await bench.value(bench[kind], "AWSCURRENT")).keyturn.handle;

describe("one secret", () => {
  it("has its keys and its history", async () => {
    const text = show(await read(bench.github.name));
    expect(text).toMatch(/^1 secret of live: 1 in trouble +2026-06-01T00:53Z\n/);
    expect(text).toMatch(
      /^ {2}rotates +every 45m, last 2026-06-01T00:45Z \(8m ago\), next 2026-06-01T01:30Z \(in 37m\)$/m,
    );
    expect(text).toMatch(/^ {2}current +8m +sha256:\w{32} +LEAKED, lives until 2026-06-01T01:45Z$/m);
    expect(text).toMatch(/^ {2}previous +53m +sha256:\w{32} +ends in 27m, lives until 2026-06-01T01:00Z$/m);
    expect(text.split("\n").filter((line) => line.length > 100)).toEqual([]);
    expect([...text.matchAll(/^ {2}\S+Z {2}(\w+ \w+)/gm)].map(([, name]) => name)).toEqual([
      ...["Rotation Started", "Key Minted", "Rotation Succeeded"],
      ...["Rotation Started", "Key Minted", "Rotation Succeeded"],
    ]);
  });

  it("whose record somebody has changed has no handle: what stands there may be a key", async () => {
    const value = await bench.value(bench.github, "AWSCURRENT");
    const text = `not a handle ${"\u001b[2J"}`;
    await put(bench, "github", { ...value, keyturn: { ...value.keyturn, handle: text } });
    const report = await read(bench.github.name);
    expect(JSON.stringify(report)).not.toContain("not a handle");
    expect(show(report)).toContain("a key whose record was changed");
  });

  it("that no declaration covers, and an environment that nobody deployed", async () => {
    await expect(read("app/other")).rejects.toMatchObject({ code: "secret_undeclared" });
    const elsewhere = await declare("elsewhere.json", "other");
    const report = await read(bench.deployKey.name, elsewhere);
    expect(report).toMatchObject({ history: { code: "history_missing" }, environment: "other" });
    expect(report.secrets).toMatchObject([{ state: "backstop", rotation: { startedBy: "native rule" } }]);
    expect(show(report)).toContain("No history could be read (history_missing).");
  });
});
