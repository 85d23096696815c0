import { randomInt } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { SandboxError } from "../../services/sandbox/errors.js";
import { startSandbox } from "../../services/sandbox/sandbox.js";

/** A port that is free with its three successors, below those that systems hand out by themselves. */
async function fourInARow(): Promise<number> {
  const port = randomInt(10_000, 30_000);
  const probe = await startSandbox({ port }).catch((error: unknown) => {
    if (error instanceof SandboxError) return undefined;
    throw error;
  });
  if (!probe) return fourInARow();
  await probe.close();
  return port;
}

test("a port is the first of four in a row; closed, all four are free again", async () => {
  const port = await fourInARow();
  for (let turn = 0; turn < 2; turn++) {
    const sandbox = await startSandbox({ port });
    expect(Object.entries(sandbox.urls)).toEqual(
      ["aws", "github", "stripe", "control"].map((name, index) => [name, `http://127.0.0.1:${port + index}`]),
    );
    await sandbox.close();
  }
});

test("when one of the four is taken nothing stays behind", async () => {
  const port = await fourInARow();
  const other = createServer().listen(port + 2, "127.0.0.1");
  onTestFinished(async () => void other.close());
  await once(other, "listening");
  await expect(startSandbox({ port })).rejects.toMatchObject({ code: "port_taken", retryable: true });
  await expect(fetch(`http://127.0.0.1:${port}`)).rejects.toThrow();
});

test("frozen, its clock stands at the start given, else at the real second", async () => {
  const start = new Date("2030-01-01T00:00:00.000Z");
  const [given, usual] = await Promise.all([startSandbox({ start }), startSandbox()]);
  onTestFinished(async () => void (await Promise.all([given.close(), usual.close()])));
  expect(given.timeline.now()).toEqual(start);
  const real = Date.now();
  expect(real - usual.timeline.now().getTime()).toBeLessThan(10_000);
  expect(usual.timeline.now().getMilliseconds()).toBe(0);
  await given.timeline.advance(5_000);
  given.reset();
  expect(given.timeline.now()).toEqual(start);
});
