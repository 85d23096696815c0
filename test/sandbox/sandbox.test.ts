import { randomInt } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { SandboxError } from "../../services/sandbox/errors.js";
import { startSandbox } from "../../services/sandbox/sandbox.js";

/** A port that is free with its four successors, below those that systems hand out by themselves. */
async function fiveInARow(): Promise<number> {
  const port = randomInt(10_000, 30_000);
  const probe = await startSandbox({ port }).catch((error: unknown) => {
    if (error instanceof SandboxError) return undefined;
    throw error;
  });
  if (!probe) return fiveInARow();
  await probe.close();
  return port;
}

test("a port is the first of five in a row; closed, all five are free again", async () => {
  const port = await fiveInARow();
  for (let turn = 0; turn < 2; turn++) {
    const sandbox = await startSandbox({ port });
    expect(Object.entries(sandbox.urls)).toEqual(
      ["aws", "github", "stripe", "control", "ssh"].map((name, index) => [
        name,
        `${name === "ssh" ? "" : "http://"}127.0.0.1:${port + index}`,
      ]),
    );
    await sandbox.close();
  }
});

test.each([2, 4])(
  "when one of the five is taken, here %i after the first, nothing stays behind",
  async (which) => {
    const port = await fiveInARow();
    const other = createServer().listen(port + which, "127.0.0.1");
    onTestFinished(async () => void other.close());
    await once(other, "listening");
    await expect(startSandbox({ port })).rejects.toMatchObject({
      code: "port_taken",
      retryable: true,
      message: expect.stringContaining(`port ${port + which} on`),
    });
    await expect(fetch(`http://127.0.0.1:${port}`)).rejects.toThrow();
  },
);

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
