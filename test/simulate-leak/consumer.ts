import type { FakeRequest } from "../../providers/kit/fake.js";
import type { Sandbox } from "../../services/sandbox/sandbox.js";
import { cacheSeconds } from "./tolls.js";

/** What an application met since the leak was reported. */
export interface Met {
  readonly requests: number;
  /** Refused first, however they ended. */
  readonly refused: number;
  /** Failed for good: refused again after the value was read again, or refused with something that makes nobody read again. */
  readonly failed: number;
  /** The longest time from one success to the next, less the second between two requests. Seconds. */
  readonly gapSeconds: number;
}

export interface ConsumerParts {
  readonly sandbox: Sandbox;
  readonly vendor: "github" | "stripe";
  /** Reads the current key. */
  readonly read: () => Promise<string>;
}

/**
 * An application: one request a second with a key that it keeps for five minutes. On a 401, and on nothing else, it reads the key again
 * and repeats the request once. It has read the key the moment before the leak is reported: its cache is at its freshest.
 */
export async function startConsumer({ sandbox, vendor, read }: ConsumerParts) {
  const { timeline } = sandbox;
  const begin = timeline.now().getTime();
  let key = await read();
  let readAt = begin;
  let succeededAt = begin;
  let [requests, refused, failed, gap] = [0, 0, 0, 0];
  const ask = async () => {
    const { status } = await sandbox.vendors[vendor].handle(requestWith(vendor, key));
    return status;
  };
  const readAgain = async () => {
    key = await read();
    readAt = timeline.now().getTime();
  };
  const request = async () => {
    const now = timeline.now().getTime();
    if (now - readAt >= cacheSeconds * 1000) await readAgain();
    requests++;
    let status = await ask();
    if (status !== 200) refused++;
    if (status === 401) {
      await readAgain();
      status = await ask();
    }
    if (status === 200) {
      gap = Math.max(gap, now - succeededAt - 1000);
      succeededAt = now;
    } else failed++;
  };
  let stop = (): void => undefined;
  const plan = (at: number) => {
    stop = timeline.at(new Date(at), async () => {
      plan(at + 1000);
      // Whoever else waits for time waits for this request, too.
      const { leave } = timeline.join();
      try {
        await request();
      } finally {
        leave();
      }
    });
  };
  plan(begin + 1000);
  return {
    stop(): Met {
      stop();
      return { requests, refused, failed, gapSeconds: gap / 1000 };
    },
  };
}

/** A request that a key of this vendor is for. */
function requestWith(vendor: "github" | "stripe", key: string): FakeRequest {
  const [path, query] = {
    github: ["/installation/repositories", "per_page=1"],
    stripe: ["/v1/customers", "limit=1"],
  }[vendor];
  return {
    ...{ method: "GET", path: path ?? "", query: new URLSearchParams(query), body: "" },
    headers: { authorization: `Bearer ${key}`, "user-agent": "application" },
  };
}
