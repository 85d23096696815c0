import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command, CommanderError } from "commander";
import { afterAll, afterEach, beforeEach, describe, expect, it, test, vi } from "vitest";
import { CodedError } from "../../providers/kit/failure.js";
import { addScheduleCommands } from "../../services/cli/commands/schedules.js";
import { listSchedules, pauseSecret, resumeSecret, setSchedule } from "../../services/cli/run-schedules.js";
import { sandboxCredentials, sandboxRegion } from "../../services/sandbox/place.js";
import { ensureRoutine } from "../../services/schedules/routine.js";
import { isProblem, timingOf } from "../../services/schedules/timing.js";
import { place, scheduleBench, timing } from "../schedules/bench.js";
import { keyturnWith } from "./keyturn.js";

const open = scheduleBench();
const here = mkdtemp(join(tmpdir(), "keyturn-schedules-"));
afterAll(async () => rm(await here, { recursive: true }));
afterEach(() => vi.unstubAllEnvs());

const declarations = {
  ...{ installation: "abcdefgh2345", environment: "test" },
  secrets: {
    "app/github-token": {
      provider: "github/installation-token",
      config: {},
      admin: "admin/github",
      every: "45m",
    },
    "app/stripe-key": { provider: "stripe/restricted-key", config: {}, admin: "admin/stripe", every: "1d" },
    "app/other-key": { provider: "stripe/restricted-key", config: {}, admin: "admin/stripe", every: "1d" },
  },
};
const { "app/other-key": _, ...two } = declarations.secrets;

let config = "";
let env: Record<string, string> = {};
let ids: Record<string, string> = {};
beforeEach(async () => {
  const { sandbox, addSecret, schedules } = open();
  env = {
    ...{ AWS_ENDPOINT_URL: sandbox.urls.aws, AWS_REGION: sandboxRegion },
    ...{ AWS_ACCESS_KEY_ID: sandboxCredentials.accessKeyId, AWS_SECRET_ACCESS_KEY: "none" },
  };
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  config = join(await here, "keyturn.json");
  await writeFile(config, JSON.stringify({ ...declarations, secrets: two }));
  const github = await addSecret("app/github-token");
  const stripe = await addSecret("app/stripe-key", { ScheduleExpression: "rate(10 days)" });
  ids = { github: github.id, stripe: stripe.id };
  const routine = { name: "app/github-token", timing: timing({ every: "45m" }), scheduledTokens: true };
  const now = new Date("2026-06-01T00:00:01Z");
  await ensureRoutine(schedules, routine, github.arn, { owner: "stack", place, now });
});

/** The commands in this process: what they print, and the exit code that `keyturn` would have. */
async function run(...args: string[]) {
  let text = "";
  const write = (more: string) => {
    text += more;
  };
  const program = new Command("keyturn").exitOverride().configureOutput({ writeErr: write, writeOut: write });
  const parts = { list: listSchedules, set: setSchedule, pause: pauseSecret, resume: resumeSecret, write };
  addScheduleCommands(program, parts);
  try {
    await program.parseAsync(["node", "keyturn", ...args, "--config", config]);
    return { code: 0, text };
  } catch (error) {
    if (error instanceof CommanderError) return { code: 2, text };
    if (error instanceof CodedError) return { code: 1, text: `keyturn: ${error.message}\n` };
    throw error;
  }
}

const set = (...args: string[]) => run("schedule", "set", "app/stripe-key", ...args);
const roles = ["--role", place.schedulerRole, "--dead-letters", place.deadLetters];

describe("docs/schedules.md", () => {
  const page = readFileSync(new URL("../../docs/schedules.md", import.meta.url), "utf8");

  it("shows what the commands print, one after the other", async () => {
    const [, ...shown] = [...page.matchAll(/```console\n([\s\S]*?)```/g)]
      .map(([, block = ""]) => block)
      .join("")
      .split(/^\$ keyturn /m);
    expect(shown.length).toBeGreaterThan(12);
    const ran: string[] = [];
    for (const part of shown) {
      const [line = ""] = part.split("\n");
      const args = [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? "");
      ran.push(`${line}\n${(await run(...args)).text}`);
    }
    const secretIds = (text: string) => text.replaceAll(/kt-[a-z2-7]{16}/g, "kt-<id>");
    expect(ran.map(secretIds)).toEqual(
      shown.map((part) => secretIds(part.trimEnd())).map((part) => `${part}\n`),
    );
  });

  it("shows what windows are compiled to", () => {
    const rows = [...page.matchAll(/^\| `((?:every|cron): .*)` \| `(cron\(.*\))` \|$/gm)];
    expect(rows).toHaveLength(7);
    for (const [, written = "", compiled] of rows) {
      const result = timingOf(JSON.parse(`{${written.replaceAll(/(\w+):(?= )/g, '"$1":')}}`));
      expect(isProblem(result) || result.expression, written).toBe(compiled);
    }
  });
});

it("goes by AWS's time, however far this machine's is from it", async () => {
  const { sandbox, schedules } = open();
  await sandbox.timeline.advance(3_600_000);
  expect(await set("--every", "6h", ...roles)).toMatchObject({ code: 0 });
  const start = (await schedules.get(`kt-${ids["stripe"]}`))?.start;
  expect(start).toEqual(new Date("2026-06-01T07:00:02Z"));
  await sandbox.timeline.advance(7 * 3_600_000);
  for (const [...args] of [["pause"], ["resume"]]) {
    expect(await run(...args, "app/stripe-key")).toMatchObject({ code: 0 });
  }
  expect((await schedules.get(`kt-${ids["stripe"]}`))?.start).toEqual(new Date("2026-06-01T13:00:02Z"));
  const passed = await run("pause", "app/stripe-key", "--until", "2026-06-01T08:00:00Z");
  expect(passed).toMatchObject({
    code: 1,
    text: expect.stringMatching(/time_passed: .*2026-06-01T08:00:02/),
  });
  expect(await run("pause", "app/stripe-key", "--until", "59s")).toMatchObject({ code: 1 });
  expect(await run("pause", "app/stripe-key", "--until", "60s")).toMatchObject({ code: 0 });
});

test("role and queue come from another secret of the same provider", async () => {
  const { addSecret, schedules } = open();
  const none = await set("--every", "6h");
  expect(none).toMatchObject({ code: 1, text: expect.stringMatching(/--role <arn> --dead-letters <arn>/) });
  await set("--every", "6h", ...roles);
  await writeFile(config, JSON.stringify(declarations));
  const { id } = await addSecret("app/other-key");
  expect(await run("schedule", "set", "app/other-key")).toEqual({
    ...{ code: 0, text: "app/other-key: scheduled.\n  rate(1 day)\n" },
  });
  expect((await schedules.get(`kt-${id}`))?.target).toMatchObject({
    ...{ role: place.schedulerRole, deadLetters: place.deadLetters },
  });
});

test("--json prints one line, for each of them", async () => {
  const secret = "app/stripe-key";
  const json = async (...args: string[]) => JSON.parse((await run(...args, "--json")).text);
  const timed = { expression: "rate(6 hours)", jitterSeconds: 600 };
  expect(await json("schedule", "set", secret, "--every", "6h", "--jitter", "10m", ...roles)).toEqual({
    ...{ action: "set", secret, outcome: "created", ...timed, warnings: [] },
  });
  expect(await json("schedule", "pause", secret)).toEqual({
    ...{ action: "pause", secret, routine: "stopped", native: "stopped" },
  });
  expect(await json("schedule", "list")).toEqual({
    action: "list",
    schedules: [
      {
        ...{ secret: "app/github-token", state: "on", owner: "stack" },
        ...{ expression: "rate(45 minutes)", timezone: "UTC", jitterSeconds: 0 },
      },
      { secret, state: "paused", owner: "cli", timezone: "UTC", ...timed },
    ],
  });
  expect(await json("schedule", "resume", secret)).toEqual({
    ...{ action: "resume", secret, routine: "restored", native: "restored" },
  });
});

test("a schedule that works, and should be known about, is told with a note", async () => {
  const often = { ...two["app/stripe-key"], every: "6h", overlap: "5m" };
  await writeFile(config, JSON.stringify({ ...declarations, secrets: { "app/stripe-key": often } }));
  expect((await set("--every", "15m", ...roles)).text).toMatch(
    /\n {2}Note: every 15m: two writes[\s\S]*\n {2}Note: the previous key/,
  );
});

test("keys are made to live by the declared interval, so a schedule must not be much rarer", async () => {
  expect(await set("--every", "7d", ...roles)).toMatchObject({
    ...{ code: 1, text: expect.stringMatching(/lives 3d12h.*Every 2d works/) },
  });
  const { schedules } = open();
  expect(await schedules.list(`kt-${ids["stripe"]}`)).toEqual([]);
});

test("a pause acts with the environment's role for it, and the routine keeps its own", async () => {
  const { schedules } = open();
  await run("pause", "app/github-token", "--until", "1d");
  const [live, memory, native] = await schedules
    .list(`kt-`)
    .then((all) => [...all].sort((a, b) => a.name.length - b.name.length));
  expect(live?.target).toMatchObject({ role: place.schedulerRole, deadLetters: place.deadLetters });
  const role = "arn:aws:iam::123456789012:role/keyturn-test-resume-us-east-1";
  for (const one of [memory, native])
    expect(one?.target).toMatchObject({ role, deadLetters: place.deadLetters });
  await run("resume", "app/github-token");
  expect(await schedules.list("kt-")).toEqual([
    { ...live, enabled: true, start: new Date("2026-06-01T00:45:01Z") },
  ]);
});

test("what no declaration covers is paused, and is not scheduled", async () => {
  const { addSecret } = open();
  await addSecret("app/foreign");
  const scheduled = await run("schedule", "set", "app/foreign", "--every", "1h", ...roles);
  expect(scheduled).toMatchObject({
    code: 1,
    text: expect.stringMatching(/secret_undeclared: .*app\/github-token/),
  });
  const paused = await run("pause", "app/foreign", ...roles);
  expect(paused.text).toMatch(
    /^app\/foreign: paused until you run: .*\n {2}schedule: there is none\n.*rule: stopped\n$/,
  );
});

test("a secret that does not exist, or a group, is an error", async () => {
  expect((await run("pause", "app/none")).text).toMatch(/^keyturn: store_missing: /);
  await writeFile(config, JSON.stringify({ ...declarations, environment: "nowhere" }));
  expect((await run("schedule", "list")).text).toMatch(/^keyturn: scheduler_missing: .*keyturn-nowhere/);
});

it.each([
  [["--every", "1h", "--cron", "0 3 * * ? *"], /cannot be used with/],
  [["--every", "soon"], /duration such as 45m/],
  [["--jitter", "5"], /duration such as 45m/],
])("a wrong command line is 2: %j", async (args, said) => {
  expect(await set(...args)).toMatchObject({ code: 2, text: expect.stringMatching(said) });
});

it.each(["tomorrow", "2026-06-01T08:00:00", "2026-13-01T08:00:00Z"])(
  "%s is no end of a pause",
  async (until) => {
    const wrong = await run("pause", "app/stripe-key", "--until", until);
    expect(wrong).toMatchObject({ code: 2, text: expect.stringMatching(/with its zone/) });
  },
);

test("keyturn has these commands", async () => {
  const listed = await keyturnWith(env, "schedule", "list", "--config", config).ended;
  expect(listed).toEqual({
    ...{ code: 0, stderr: "" },
    stdout: "app/github-token  rate(45 minutes), a stack's\napp/stripe-key    no schedule\n",
  });
});
