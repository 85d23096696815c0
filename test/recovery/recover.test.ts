import { describe, expect, it } from "vitest";
import { openBench } from "../rotation/bench.js";
import { only, serviceOf, sorts, toSteady } from "../rotation/refusal.js";
import { stage } from "../rotation/staged.js";
import { failure, handleOf, kill, steady } from "../rotation/steady.js";
import { arnOf, holderOf, logged, order, send } from "./jobs.js";

const recoverAll = { v: 1, action: "recover" } as const;

describe.each(sorts)("%s: a rotation that AWS has left open", (kind) => {
  it("is left alone while its vendor cannot be reached; then it goes on, or is ended and begun anew", async () => {
    const bench = await steady(kind);
    const secret = bench[kind];
    const { secretsManager, timeline, faults } = bench.sandbox;
    const { token } = await stage(bench, secret);
    faults.add({ service: serviceOf(kind), times: "always", fault: { kind: "refuse" } });
    await timeline.advance(300_000);
    const before = await bench.snapshot(secret);
    for (let run = 0; run < 2; run++) {
      expect(await send(bench, kind, recoverAll)).toMatchObject({
        secrets: [{ secret: secret.name, do: "wait", because: "unavailable" }],
      });
      await timeline.advance(300_000);
    }
    expect((await bench.snapshot(secret)).labels).toEqual(before.labels);
    faults.clear();
    secretsManager.set("retries", 6);
    // A token is dead by now: nothing is left to be ended first. Where the previous key works, the same rotation goes on.
    const begunAnew = kind === "github";
    expect(await send(bench, kind, recoverAll)).toMatchObject({
      secrets: [begunAnew ? { do: "recovered" } : { do: "wait", because: "tried again" }],
    });
    await timeline.advance(400_000);
    expect(await holderOf(bench, kind, "AWSPENDING")).toBeUndefined();
    const current = await holderOf(bench, kind, "AWSCURRENT");
    expect(before.labels).not.toHaveProperty([current ?? "", 0], "AWSCURRENT");
    expect(current === token).toBe(!begunAnew);
    expect(current).not.toMatch(/^keyturn-abort-/);
    expect(await send(bench, kind, recoverAll)).toMatchObject({
      secrets: [{ do: "nothing", because: "nothing pending" }],
    });
    expect(logged(bench, "recovered")).toHaveLength(begunAnew ? 1 : 0);
  });
});

describe("stuck states that had no way out but a human's hand", () => {
  it.each(["github", "stripe"] as const)("%s: a staged value that no rotation wrote", async (kind) => {
    const bench = await steady(kind);
    const { token, run } = await stage(bench, bench[kind]);
    await bench.aws.putSecretValue({
      ...{ SecretId: bench[kind].name, ClientRequestToken: token, VersionStages: ["AWSPENDING"] },
      SecretString: "an accident",
    });
    await expect(run("createSecret")).rejects.toEqual(failure("value_invalid"));
    await bench.sandbox.timeline.advance(300_000);
    bench.sandbox.secretsManager.set("retries", 6);
    expect(await order(bench, kind, "recover")).toMatchObject({ secrets: [{ do: "recovered" }] });
    await bench.sandbox.timeline.advance(400_000);
    expect(bench.handles(bench[kind], "live")).toContain(await handleOf(bench, kind, "AWSCURRENT"));
    expect(await holderOf(bench, kind, "AWSCURRENT")).not.toMatch(/^keyturn-abort-/);
  });

  it("github: a token whose staged key is dead", async () => {
    const bench = await steady("github");
    const rotation = await stage(bench, bench.github);
    await rotation.run("createSecret");
    await kill(bench, "github", await bench.value(bench.github, "AWSPENDING"));
    await bench.sandbox.timeline.advance(300_000);
    expect(await order(bench, "github", "recover")).toMatchObject({ secrets: [{ do: "recovered" }] });
    await bench.sandbox.timeline.idle();
    expect(bench.handles(bench.github, "live")).toHaveLength(2);
  });

  it("github: AWSPENDING come back to an abandoned token, with a dead key in it (V13)", async () => {
    const bench = await steady("github");
    const dead = await bench.value(bench.github, "AWSPREVIOUS");
    const { token } = await stage(bench, bench.github);
    expect(await order(bench, "github", "abort")).toMatchObject({ outcome: "aborted" });
    await bench.aws.putSecretValue({
      ...{ SecretId: bench.github.name, ClientRequestToken: token, VersionStages: ["AWSPENDING"] },
      SecretString: JSON.stringify(dead),
    });
    await bench.sandbox.timeline.advance(600_000);
    expect(await order(bench, "github", "recover")).toMatchObject({ secrets: [{ do: "recovered" }] });
    await bench.sandbox.timeline.idle();
    expect(await holderOf(bench, "github", "AWSPENDING")).toBeUndefined();
    expect(bench.handles(bench.github, "live")).toHaveLength(2);
  });
});

describe("recover", () => {
  it("leaves a rotation that is merely early: the previous key keeps its overlap", async () => {
    const bench = await steady("github");
    await bench.rotate(bench.github);
    const live = bench.handles(bench.github, "live");
    const until = new Date(bench.sandbox.timeline.now().getTime() + 35 * 60_000);
    bench.sandbox.secretsManager.set("retries", 0);
    expect((await bench.rotate(bench.github)).errors).toMatchObject([{ name: "overlap_open" }]);
    await bench.sandbox.timeline.advance(300_000);
    const early = { do: "wait", because: "overlap open", until };
    expect(await order(bench, "github", "recover")).toMatchObject({ secrets: [early] });
    expect(bench.handles(bench.github, "live")).toEqual(live);
    await bench.sandbox.timeline.advance(30 * 60_000);
    expect(await order(bench, "github", "recover")).toMatchObject({ secrets: [{ do: "recovered" }] });
  });

  it("leaves a secret whose rotation is off, a rotation that may still run, and what it has no time for", async () => {
    const bench = await steady("github");
    await stage(bench, bench.github);
    const before = await bench.snapshot(bench.github);
    expect(await order(bench, "github", "recover")).toMatchObject({ secrets: [{ because: "young" }] });
    await bench.sandbox.timeline.advance(600_000);
    const late = { secrets: [{ do: "wait", because: "no time left" }] };
    expect(await send(bench, "github", recoverAll, {}, 29)).toMatchObject(late);
    await bench.aws.cancelRotateSecret({ SecretId: bench.github.name });
    expect(await order(bench, "github", "recover")).toMatchObject({ secrets: [{ because: "disabled" }] });
    expect((await bench.snapshot(bench.github)).labels).toEqual(before.labels);
  });

  it("waits longer after each abort, gives up after five, says so each time, and goes on once it can; a success starts the count anew", async () => {
    const bench = await steady("stripe");
    const { faults, timeline, secretsManager } = bench.sandbox;
    const current = await handleOf(bench, "stripe", "AWSCURRENT");
    const body = { error: { code: "no", message: "no" } };
    const fault = { kind: "status", status: 400, body } as const;
    faults.add({ service: "stripe", operation: "POST /v2/iam/api_keys", times: "always", fault });
    secretsManager.set("retries", 0);
    await bench.rotate(bench.stripe);
    const began = timeline.now().getTime();
    const aborts: number[] = [];
    for (let run = 0; run < 27; run++) {
      await timeline.advance(300_000);
      await order(bench, "stripe", "recover");
      await timeline.idle();
      const minutes = Math.round((timeline.now().getTime() - began) / 60_000);
      if (logged(bench, "recovered").length > aborts.length) aborts.push(minutes);
    }
    const waits = aborts.map((minutes, index) => minutes - (aborts[index - 1] ?? 0));
    expect(waits).toEqual([5, 10, 15, 30, 60]);
    const alarms = logged(bench, "recovery_gave_up");
    expect(alarms).toHaveLength(3);
    expect(alarms[0]).toMatchObject({ level: "error", secret: bench.stripe.name, aborts: 5 });
    expect(bench.handles(bench.stripe, "live")).toEqual([current]);

    // It asks AWS for tries all the time, so nobody need tell it that what was wrong is mended.
    faults.clear();
    await timeline.advance(300_000);
    expect(await order(bench, "stripe", "recover")).toMatchObject({ secrets: [{ do: "give up" }] });
    await timeline.idle();
    expect(await holderOf(bench, "stripe", "AWSPENDING")).toBeUndefined();
    expect(await handleOf(bench, "stripe", "AWSCURRENT")).not.toBe(current);
    await timeline.advance(2 * 86_400_000);
    await stage(bench, bench.stripe);
    await timeline.advance(300_000);
    const again = { do: "wait", because: "tried again" };
    expect(await order(bench, "stripe", "recover")).toMatchObject({ secrets: [again] });
    expect(logged(bench, "recovery_gave_up")).toHaveLength(4);
  });

  it("looks at every declared secret, and fails afterwards when one could not be looked at", async () => {
    const bench = await toSteady(await openBench({ providers: only("github") }), ["github"]);
    await stage(bench, bench.github);
    await bench.sandbox.timeline.advance(300_000);
    const { declaration, name } = bench.github;
    const secrets = { "app/none": declaration, [name]: declaration };
    const declarations = { installation: "sandbox2", secrets };
    await expect(send(bench, "github", recoverAll, { declarations })).rejects.toEqual(
      failure("store_missing"),
    );
    expect(logged(bench, "recovery_failed")).toMatchObject([{ secret: "app/none", code: "store_missing" }]);
    expect(logged(bench, "recovered")).toMatchObject([{ secret: name }]);
    expect(await arnOf(bench, "github")).toContain(name);
  });
});
