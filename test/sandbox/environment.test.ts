import { CloudWatchLogs } from "@aws-sdk/client-cloudwatch-logs";
import { EventBridge } from "@aws-sdk/client-eventbridge";
import { Scheduler } from "@aws-sdk/client-scheduler";
import { Command } from "commander";
import { describe, expect, onTestFinished, test } from "vitest";
import * as z from "zod/mini";
import { builtin } from "../../providers/index.js";
import { addSandboxCommand } from "../../services/cli/commands/sandbox.js";
import { createHandler } from "../../services/rotation/handler.js";
import { installEnvironment } from "../../services/sandbox/environment.js";
import { awsOf } from "../../services/sandbox/place.js";
import { startSandbox } from "../../services/sandbox/sandbox.js";
import { type SeedOptions, seedSandbox } from "../../services/sandbox/seed.js";
import type { Surroundings } from "../../services/surroundings.js";
import { arnOf, start } from "./beside.js";

async function begin() {
  const sandbox = await startSandbox({ start });
  const config = { ...awsOf(sandbox), maxAttempts: 1 };
  const clients = {
    ...{
      scheduler: new Scheduler(config),
      events: new EventBridge(config),
      logs: new CloudWatchLogs(config),
    },
  };
  onTestFinished(async () => {
    for (const client of Object.values(clients)) client.destroy();
    await sandbox.close();
  });
  return { sandbox, ...clients };
}

describe("installEnvironment", () => {
  const providers = [{ id: "github/deploy-key" }, { id: "stripe/restricted-key" }] as const;
  const logGroup = "/keyturn/live/events";

  test("makes what the stack does, and says what stands around each function", async () => {
    const { sandbox, scheduler, events, logs } = await begin();
    const taken: unknown[] = [];
    const functionArn = arnOf("lambda", "function:keyturn-github-deploy-key");
    sandbox.functions.register(functionArn, (event) => Promise.resolve(void taken.push(event)), "function");
    const surroundings = await installEnvironment(sandbox, { environment: "live", providers });
    // Whatever is there already stays, and is not doubled.
    expect(await installEnvironment(sandbox, { environment: "live", providers })).toEqual(surroundings);
    expect([...surroundings.keys()]).toEqual(providers.map(({ id }) => id));
    expect(surroundings.get("github/deploy-key")).toEqual({
      environment: "live",
      scheduleGroup: "keyturn-live",
      schedulerRole: "arn:aws:iam::123456789012:role/keyturn-live-github-deploy-key",
      deadLetters: arnOf("sqs", "keyturn-live-github-deploy-key"),
      bus: "keyturn-live",
      logGroup,
    });

    const { ScheduleGroups = [] } = await scheduler.listScheduleGroups({ NamePrefix: "keyturn-" });
    expect(ScheduleGroups.map(({ Name }) => Name)).toEqual(["keyturn-live"]);
    const send = (Source: string) =>
      events.putEvents({
        Entries: [{ Source, DetailType: "Key Minted", Detail: "{}", EventBusName: "keyturn-live" }],
      });
    await send("keyturn");
    await send("other");
    const logged = await logs.filterLogEvents({ logGroupName: logGroup });
    expect(logged.events?.map(({ message = "" }) => JSON.parse(message))).toMatchObject([
      { source: "keyturn", "detail-type": "Key Minted", detail: {} },
    ]);

    sandbox.aws.queues.send(arnOf("sqs", "keyturn-live-github-deploy-key"), { body: "letter" });
    await sandbox.timeline.idle();
    expect(taken).toMatchObject([{ Records: [{ body: "letter" }] }]);
    await sandbox.timeline.advance(600_000);
    expect(taken.slice(1)).toEqual(
      Array.from({ length: 2 }, () => ({ keyturn: { v: 1, action: "recover" } })),
    );
  });

  test("a message that its function did not take comes again after six of its time-outs", async () => {
    const { sandbox } = await begin();
    const bodies: unknown[] = [];
    const functionArn = arnOf("lambda", "function:keyturn-github-deploy-key");
    const take = (event: unknown) => {
      const { Records } = z
        .object({ Records: z.optional(z.array(z.object({ body: z.string() }))) })
        .parse(event);
      if (!Records) return Promise.resolve();
      bodies.push(...Records.map(({ body }) => body));
      return Promise.reject(new Error("not yet"));
    };
    sandbox.functions.register(functionArn, take, "function");
    await installEnvironment(sandbox, { providers });
    sandbox.aws.queues.send(arnOf("sqs", "keyturn-sandbox-github-deploy-key"), { body: "letter" });
    await sandbox.timeline.advance(359_000);
    expect(bodies).toHaveLength(1);
    await sandbox.timeline.advance(1_000);
    expect(bodies).toHaveLength(2);
  });
});

describe("seedSandbox", () => {
  const given: (Surroundings | undefined)[] = [];
  const options = (more: Partial<SeedOptions> = {}): SeedOptions => ({
    load: (provider) =>
      Promise.resolve({
        createHandler: (lent) => {
          given.push(lent.surroundings);
          return createHandler(provider, lent);
        },
      }),
    providers: builtin.filter(({ id }) => id === "stripe/restricted-key"),
    ...more,
  });

  test("with an environment: the secret rotates by its own schedule, first one interval ahead", async () => {
    const { sandbox, scheduler } = await begin();
    const [seeded] = await seedSandbox(
      sandbox,
      options({ environment: "sandbox", declare: { every: "1h" } }),
    );
    const { Schedules = [] } = await scheduler.listSchedules({
      GroupName: "keyturn-sandbox",
      NamePrefix: "kt-",
    });
    const routine = Schedules.find(({ Name = "" }) => /^kt-[a-z2-7]{16}$/.test(Name));
    const { StartDate, ScheduleExpression, Target } = await scheduler.getSchedule({
      ...{ GroupName: "keyturn-sandbox", Name: routine?.Name },
    });
    expect(ScheduleExpression).toMatch(/^rate\((1 hour|60 minutes)\)$/);
    expect(Math.abs((StartDate?.getTime() ?? 0) - start.getTime() - 3_600_000)).toBeLessThan(60_000);
    expect(Target).toMatchObject({
      Arn: "arn:aws:scheduler:::aws-sdk:secretsmanager:rotateSecret",
      DeadLetterConfig: { Arn: arnOf("sqs", "keyturn-sandbox-stripe-restricted-key") },
    });
    expect(given.at(-1)).toMatchObject({ environment: "sandbox", bus: "keyturn-sandbox" });

    const succeeded = () =>
      sandbox.journal
        .since(0)
        .filter(
          (entry) =>
            entry.kind === "rotation" && entry.secret === seeded?.name && entry.outcome === "succeeded",
        );
    await sandbox.timeline.advance(0.9 * 3_600_000);
    expect(succeeded()).toHaveLength(1);
    await sandbox.timeline.advance(1.2 * 3_600_000);
    expect(succeeded()).toHaveLength(3);
  });

  test("without: no schedule, no surroundings, nothing beside Secrets Manager", async () => {
    const { sandbox, scheduler, events } = await begin();
    await seedSandbox(sandbox, options());
    expect(given.at(-1)).toBeUndefined();
    const services = sandbox.journal
      .since(0)
      .flatMap((entry) => (entry.kind === "request" ? [entry.service] : []));
    expect(new Set(services)).toEqual(new Set(["secretsmanager", "stripe"]));
    expect((await scheduler.listSchedules({})).Schedules).toEqual([]);
    expect((await events.listEventBuses({})).EventBuses).toHaveLength(1);
  });
});

describe("keyturn sandbox", () => {
  async function run(...args: string[]) {
    const written: string[] = [];
    const seeds: (string | undefined)[] = [];
    const configs: (string | undefined)[] = [];
    const declaration = { provider: "stripe/restricted-key", config: {}, admin: "admin/x", every: "1d" };
    const program = new Command().exitOverride();
    addSandboxCommand(program, {
      start: () => startSandbox({ start }),
      seed: (_sandbox, environment) => {
        seeds.push(environment);
        return Promise.resolve([{ name: "app/x", provider: declaration.provider, declaration }]);
      },
      writeConfig: (_file, _seeded, environment) => Promise.resolve(void configs.push(environment)),
      write: (text) => written.push(text),
      interrupted: () => new Promise((resolve) => setImmediate(() => setImmediate(resolve))),
    });
    await program.parseAsync(["node", "keyturn", "sandbox", "--port", "0", ...args]);
    return { text: written.join(""), seeds, configs };
  }

  test("makes an environment and says so, unless it is told to leave it out", async () => {
    const usual = await run("--write-config", "keyturn.json");
    expect([usual.seeds, usual.configs]).toEqual([["sandbox"], ["sandbox"]]);
    expect(usual.text).toMatch(/by the schedules in the group keyturn-sandbox; .*the bus keyturn-sandbox/);
    expect(usual.text).toMatch(/logs filter-log-events --log-group-name \/keyturn\/sandbox\/events /);
    const without = await run("--no-schedules", "--write-config", "keyturn.json");
    expect([without.seeds, without.configs]).toEqual([[undefined], [undefined]]);
    const empty = await run("--empty");
    expect(empty.seeds).toEqual([]);
    for (const { text } of [without, empty]) expect(text).not.toMatch(/keyturn-sandbox;|filter-log-events/);
  });
});
