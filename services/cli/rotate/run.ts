import type { Clock } from "../../clock.js";
import { systemClock } from "../../clock.js";
import { loadConfig } from "../load-config.js";
import { exitCodes } from "./exit-codes.js";
import { toldOf } from "./news.js";
import type { Ended, RotateOrder, Terminal } from "./order.js";
import { rotateOnce } from "./ordinary.js";
import { findPlaceOf, type Here, storeHere } from "./place.js";
import { runLeaked } from "./run-leaked.js";
import { runMany } from "./run-many.js";
import { runValue } from "./run-value.js";
import { showRotated } from "./show-rotated.js";

export interface RunParts extends Pick<Here, "say" | "ifInterrupted"> {
  readonly terminal: Terminal;
  readonly clock?: Clock;
}

/**
 * Does what a command line of `rotate-secret` asks for, in this process, with the AWS SDK's own credentials and Region.
 * @throws KeyturnError, ProviderError
 */
export async function runRotateSecret(
  order: RotateOrder,
  { clock = systemClock, ...parts }: RunParts,
): Promise<Ended> {
  const { say, ifInterrupted, terminal } = parts;
  const { config, json } = order;
  const declarations = await loadConfig(config);
  const store = storeHere();
  const isAlone = order.kind === "leaked" || order.kind === "value";
  let last: string | undefined;
  const log = (line: string) => {
    const told = isAlone ? toldOf(line) : undefined;
    // What a containment waits for is logged with each look.
    if (told !== undefined && told !== last) say(told);
    last = told ?? last;
  };
  const here: Here = { clock, log, say, ifInterrupted };
  switch (order.kind) {
    case "ordinary": {
      const { secret } = order;
      const result = await rotateOnce(
        here,
        await findPlaceOf(declarations, { secret, config, store }),
        order,
      );
      const isDone = result.outcome === "rotated" || result.outcome === "started";
      const text = json ? JSON.stringify(result) : showRotated(result);
      return { code: isDone ? exitCodes.done : exitCodes.failed, text };
    }
    case "leaked":
      return runLeaked(here, { ...order, declarations, store });
    case "many":
      return runMany(here, { declarations, store, terminal, endpoint: endpointOf(process.env) }, order);
    case "value":
      return runValue(here, { declarations, store, terminal }, order);
  }
}

const endpointOf = (env: NodeJS.ProcessEnv) =>
  env["AWS_ENDPOINT_URL_SECRETS_MANAGER"] ?? env["AWS_ENDPOINT_URL"];
