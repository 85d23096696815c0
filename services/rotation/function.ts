import type { Provider } from "../../providers/kit/plug.js";
import { systemClock } from "../clock.js";
import { declarationInvalid } from "../config/declare.js";
import { deployedDeclarations } from "../config/deployed.js";
import { type Surroundings, surroundingsVariables } from "../surroundings.js";
import { createHandler, type FunctionOptions, type RotationFunction } from "./handler.js";

export type { FunctionContext, FunctionOptions, RotationFunction } from "./handler.js";

/** A bundled function's exports: `handler` for Lambda, `createHandler` for whoever lends time and endpoint. */
export interface FunctionModule {
  readonly handler: RotationFunction;
  readonly createHandler: (options: FunctionOptions) => RotationFunction;
}

/** What a function's module exports for one provider. Declarations are read once a process, from the file beside the code. */
export function rotationFunction(provider: Provider): FunctionModule {
  let made: Promise<RotationFunction> | undefined;
  return {
    createHandler: (options) => createHandler(provider, options),
    handler: async (event, context) => {
      made ??= deployedDeclarations().then((declarations) =>
        createHandler(provider, {
          declarations,
          surroundings: surroundingsFrom(process.env),
          clock: systemClock,
          aws: {},
          requestTimeoutMs: 10_000,
          log: (line) => process.stdout.write(`${line}\n`),
        }),
      );
      return (await made)(event, context);
    },
  };
}

/**
 * What stands around the function, from the variables of its environment; undefined where it has none of them.
 * @throws KeyturnError `declaration_invalid` where it has some of them, naming those that are missing
 */
export function surroundingsFrom(environment: NodeJS.ProcessEnv): Surroundings | undefined {
  const missing: string[] = [];
  const read = (name: keyof Surroundings): string => {
    const variable = surroundingsVariables[name];
    const value = environment[variable];
    if (!value) missing.push(variable);
    return value ?? "";
  };
  const found: Surroundings = {
    environment: read("environment"),
    scheduleGroup: read("scheduleGroup"),
    schedulerRole: read("schedulerRole"),
    deadLetters: read("deadLetters"),
    bus: read("bus"),
    logGroup: read("logGroup"),
  };
  if (missing.length === 0) return found;
  if (missing.length === Object.keys(found).length) return undefined;
  throw declarationInvalid(
    `no ${missing.join(", ")} in the function's environment, which has others of Keyturn's variables`,
    "Set all of them, as Keyturn's stack does, or none.",
  );
}
