import { fork } from "node:child_process";
import { expect, it } from "vitest";
import type { Order } from "./child.js";
import { begun, type Open, openOn } from "./interleavings.js";
import { Stage } from "./matrix.js";
import { shipped } from "./shipped.js";

const restricted = "stripe/restricted-key";
const token = "github/installation-token";
const deployKey = "github/deploy-key";
const webhook = "stripe/webhook-secret";

/** Before which requests a process is killed. `{id}` is how the wire writes it, and any one segment. */
const points: readonly [provider: string, service: string, operation: string][] = [
  [restricted, "stripe", "POST /v2/iam/api_keys/{id}/expire"],
  [restricted, "stripe", "POST /v2/iam/api_keys"],
  [restricted, "secretsmanager", "PutSecretValue"],
  [restricted, "secretsmanager", "UpdateSecretVersionStage"],
  [token, "github", "DELETE /installation/token"],
  [token, "github", "POST /app/installations/{id}/access_tokens"],
  [token, "secretsmanager", "PutSecretValue"],
  [deployKey, "secretsmanager", "PutSecretValue"],
  [deployKey, "github", "POST /repos/{id}/service/keys"],
  [webhook, "stripe", "DELETE /v1/webhook_endpoints/{id}"],
  [webhook, "stripe", "POST /v1/webhook_endpoints"],
  [webhook, "secretsmanager", "UpdateSecretVersionStage"],
];

/** A rotation that somebody is about to run, and how things stand at the end. */
async function played(provider: string, run: (open: Open, events: readonly unknown[]) => Promise<void>) {
  const stage = new Stage({ product: shipped, provider });
  try {
    const open = await openOn(stage);
    const { world, player, before } = open;
    await run(open, await begun(open));
    const current = await player.truth.handleAt("AWSCURRENT");
    const keys = player.truth.keys();
    const state = {
      live: keys.filter(({ live }) => live).length,
      standing: keys.filter(({ retired }) => !retired).length,
      isStaged: player.truth.isStaged(),
      hasTurned: current !== before,
      labels: world.sandbox.secretsManager
        .describe()
        .map(({ versions }) => versions.map(({ stages }) => stages)),
    };
    const { broken, outcome } = await player.settle(before, "rotated");
    return { state, broken, outcome };
  } finally {
    await stage.close();
  }
}

it.each(points)(
  "%s, killed by SIGKILL before %s %s, leaves what a simulated death leaves",
  async (...point) => {
    const [provider, service, operation] = point;
    const simulated = await played(provider, async ({ threads }, events) => {
      const thread = threads.start("simulated", events);
      const there = await thread.until((sent) => sent.service === service && sent.operation === operation);
      expect(there).toBeDefined();
      await thread.finish("die");
    });
    const real = await played(provider, (open, events) => killed(open, events, service, operation));
    expect(real).toEqual(simulated);
    expect(real.broken).toEqual([]);
  },
);

/** Runs the events in a process of its own, which is killed when its request has come and was not done. */
async function killed({ world }: Open, events: readonly unknown[], service: string, operation: string) {
  const { sandbox, provider, options } = world;
  const { clock, leave } = sandbox.timeline.join();
  const child = fork(new URL("./child.ts", import.meta.url), {
    execArgv: ["--no-warnings", "--import", "tsx"],
  });
  const isOver = new Promise<NodeJS.Signals | null>((resolve) =>
    child.once("exit", (_, signal) => resolve(signal)),
  );
  const { hold } = sandbox.faults;
  sandbox.faults.hold = (release) => {
    child.kill("SIGKILL");
    return hold(release);
  };
  sandbox.faults.add({ service, operation: operation.replaceAll("{id}", "{any}"), fault: { kind: "hang" } });
  child.on("message", (told: { sleep?: number; ended?: string }) => {
    if (told.ended !== undefined) child.kill("SIGTERM");
    else void clock.sleep(told.sleep ?? 0).then(() => child.send({}));
  });
  const { declarations, aws, requestTimeoutMs } = options();
  const order: Order = {
    ...{ provider: provider.id, events, now: sandbox.timeline.now().toISOString() },
    options: { declarations, aws, requestTimeoutMs },
  };
  child.send(order);
  expect(await isOver).toBe("SIGKILL");
  sandbox.faults.hold = hold;
  sandbox.faults.clear();
  leave();
}
