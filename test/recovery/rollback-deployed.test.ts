import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createFakeGitHub, type FakeGitHub } from "../../providers/github/fake/fake.js";
import { readHistory } from "../../services/history/history.js";
import { createHandler } from "../../services/rotation/handler.js";
import { leakMark } from "../../services/rotation/labels.js";
import { installEnvironment } from "../../services/sandbox/environment.js";
import { awsOf, functionOf } from "../../services/sandbox/place.js";
import type { VendorFactory } from "../../services/sandbox/sandbox.js";
import { awsSchedules } from "../../services/schedules/aws-schedules.js";
import type { Surroundings } from "../../services/surroundings.js";
import { type Bench, openBench, startBench } from "../rotation/bench.js";
import { only, toSteady } from "../rotation/refusal.js";
import { handleOf, mark } from "../rotation/steady.js";
import { arnOf, holderOf, logged, order, send } from "./jobs.js";
import { ready, versionAt } from "./ready.js";

let bench: Awaited<ReturnType<typeof startBench>>;
let surroundings: Surroundings | undefined;

beforeAll(async () => {
  const providers = only("github");
  bench = await startBench({ providers, declare: { every: "20m" } });
  await toSteady(bench, ["github"]);
  surroundings = (await installEnvironment(bench.sandbox, { environment: "live", providers })).get(
    bench.github.provider,
  );
});
afterAll(() => bench.close());

describe("a rollback of what is deployed", () => {
  const around = async () => {
    const [provider] = only("github");
    if (!provider || !surroundings) throw new Error("no environment");
    const { clock, leave } = bench.sandbox.timeline.join();
    const options = { ...bench.options(bench.github), clock, surroundings };
    const job = { v: 1, action: "rollback", secretId: await arnOf(bench, "github") };
    const context = {
      getRemainingTimeInMillis: () => 60_000,
      invokedFunctionArn: functionOf(provider.id).arn,
    };
    return createHandler(provider, options)({ keyturn: job }, context).finally(leave);
  };
  const schedules = () =>
    awsSchedules(awsOf(bench.sandbox), { scheduleGroup: "keyturn-live" }, 5_000).list("kt-end-");

  it.each([
    ["after its overlap", 600, () => Promise.resolve()],
    ["two minutes later where it leaked", 120, () => mark(bench, "github", leakMark, "AWSCURRENT")],
  ] as const)("arranges the end of the key that it left %s, and tells", async (_, seconds, make) => {
    await ready(bench, "github");
    await make();
    const [from, to] = [
      await versionAt(bench, "github", "AWSCURRENT"),
      await versionAt(bench, "github", "AWSPREVIOUS"),
    ];
    const left = await handleOf(bench, "github", "AWSCURRENT");
    const now = bench.sandbox.timeline.now();
    const endsAt = new Date(now.getTime() + seconds * 1000);
    expect(await around()).toMatchObject({ left: { handle: left, endsAt } });
    const input = { keyturn: { v: 1, action: "end-overlap", secretId: await arnOf(bench, "github") } };
    expect((await schedules()).map(({ target }) => JSON.parse(target.input))).toContainEqual({
      keyturn: { ...input.keyturn, versionId: from, handle: left },
    });
    const told = await readHistory(
      { aws: awsOf(bench.sandbox), logGroup: "/keyturn/live/events", requestTimeoutMs: 5_000 },
      { secret: bench.github.name, since: now },
    );
    expect(told.events).toMatchObject([{ name: "Rotation Rolled Back", detail: { from, to } }]);
  });

  it("is a rollback, and says so, though its end cannot be arranged", async () => {
    await ready(bench, "github");
    bench.sandbox.faults.add({ service: "scheduler", fault: { kind: "refuse" }, times: 2 });
    const lines = bench.log.length;
    const result = await around();
    expect(result).toMatchObject({ outcome: "rolled_back", left: { handle: expect.any(String) } });
    expect(result).not.toHaveProperty("left.endsAt");
    expect(logged(bench, "end_not_arranged", lines)).toMatchObject([{ code: "scheduler_unavailable" }]);
  });
});

/** A secret whose vendor does something the second time that it is asked about a key: after the claim, before the move. */
async function interrupted(act: (bench: Bench) => Promise<unknown>) {
  let isArmed = false;
  let asked = 0;
  const github: VendorFactory<FakeGitHub> = (lent) => {
    const fake = createFakeGitHub(lent);
    return {
      ...fake,
      handle: async (request) => {
        if (isArmed && request.method === "GET" && ++asked === 2) await act(opened);
        return fake.handle(request);
      },
    };
  };
  const opened = await openBench({ providers: only("github"), declare: { every: "20m" } }, { github });
  await toSteady(opened, ["github"]);
  await opened.rotate(opened.github);
  isArmed = true;
  return opened;
}

describe("a rollback, between its last question and the move,", () => {
  it("says when the key that it goes to is marked as leaked meanwhile", async () => {
    const opened = await interrupted((one) => mark(one, "github", leakMark, "AWSPREVIOUS"));
    expect(await order(opened, "github", "rollback")).toMatchObject({
      outcome: "rolled_back",
      mustRotate: true,
    });
  });

  it("does nothing any more once its claim is over, by anybody's clock", async () => {
    let late = 0;
    const opened = await interrupted(async () => {
      late = 70_000;
    });
    const current = await holderOf(opened, "github", "AWSCURRENT");
    const { clock, leave } = opened.sandbox.timeline.join();
    const now = () => new Date(clock.now().getTime() + late);
    const secretId = await arnOf(opened, "github");
    const job = { v: 1, action: "rollback", secretId };
    const ended = send(opened, "github", job, { clock: { ...clock, now } });
    await expect(ended).rejects.toMatchObject({ code: "claim_over", retryable: true });
    leave();
    expect(await holderOf(opened, "github", "AWSCURRENT")).toBe(current);
    expect(Object.values(await opened.labels(opened.github)).flat()).toEqual(
      expect.not.arrayContaining([expect.stringContaining("keyturn:claim")]),
    );
  });
});
