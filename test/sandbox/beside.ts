import { afterAll, beforeAll, beforeEach } from "vitest";
import type { Invoke } from "../../services/sandbox/parts.js";
import { awsOf } from "../../services/sandbox/place.js";
import { type Sandbox, startSandbox } from "../../services/sandbox/sandbox.js";

export const start = new Date("2026-06-01T00:00:00Z");
export const arnOf = (service: string, rest: string) => `arn:aws:${service}:us-east-1:123456789012:${rest}`;

/** Something that ends with the sandbox. */
interface Client {
  destroy(): void;
}

/** One sandbox for the tests of a file, reset before each, with clients that do not try again. */
export function sharedSandbox<Clients extends Readonly<Record<string, Client>>>(
  connect: (config: ReturnType<typeof awsOf> & { maxAttempts: number }) => Clients,
) {
  const shared = new Map<"it", { sandbox: Sandbox; clients: Clients }>();
  const it = () => {
    const found = shared.get("it");
    if (!found) throw new Error("the sandbox is not up");
    return found;
  };
  beforeAll(async () => {
    const sandbox = await startSandbox({ start });
    shared.set("it", { sandbox, clients: connect({ ...awsOf(sandbox), maxAttempts: 1 }) });
  });
  beforeEach(() => it().sandbox.reset());
  afterAll(async () => {
    for (const client of Object.values(it().clients)) client.destroy();
    await it().sandbox.close();
  });
  return {
    sandbox: () => it().sandbox,
    clients: () => it().clients,
    /** Registers a function, and gives what it is called with. */
    called: (arn: string, run: Invoke = () => Promise.resolve()) => {
      const events: unknown[] = [];
      it().sandbox.functions.register(
        arn,
        (event, context) => {
          events.push(event);
          return run(event, context);
        },
        "function",
      );
      return events;
    },
    advance: (seconds: number) => it().sandbox.timeline.advance(seconds * 1000),
  };
}
