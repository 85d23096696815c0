import { afterAll, afterEach, expect, vi } from "vitest";
import type { FunctionOptions } from "../../services/rotation/handler.js";
import { holdAnew, watchIncoming } from "./incoming.js";
import { hold } from "./known.js";
import { letOut, shown, shownEarlier } from "./outgoing.js";
import { areOutletsWatched, watchOutlets, watchSnapshots } from "./outlets.js";

/**
 * For every test file: all secrets that the process comes to hold are known, all that leaves it is looked at, and the test after
 * which a secret stands there fails. A failed assertion's own diff is printed by another process, and is not looked at.
 */
if (!areOutletsWatched()) {
  watchIncoming();
  watchOutlets();
}
holdAnew();
watchSnapshots();

/** Every function: what its events prove with, its log, what it returns or throws. */
vi.mock(import("../../services/rotation/handler.js"), async (load) => {
  const original = await load();
  return {
    ...original,
    createHandler: (provider, options) => watched(original.createHandler(provider, logged(options))),
    createJobs: (provider, options, ...rest) =>
      watched(original.createJobs(provider, logged(options), ...rest)),
  };
});

function logged(options: FunctionOptions): FunctionOptions {
  const log = (line: string) => {
    letOut("a function's log", line);
    options.log(line);
  };
  return { ...options, log };
}

function watched<Context, Result>(run: (event: unknown, context: Context) => Promise<Result>): typeof run {
  return async (event, context) => {
    hold("the RotationToken of an event", rotationTokenOf(event));
    try {
      const result = await run(event, context);
      letOut("what a function returned", result);
      return result;
    } catch (thrown) {
      letOut("what a function threw", thrown);
      throw thrown;
    }
  };
}

/** Every sandbox's journal. */
vi.mock(import("../../services/sandbox/journal.js"), async (load) => {
  const original = await load();
  return {
    ...original,
    createJournal: (...given) => {
      const journal = original.createJournal(...given);
      const { record } = journal;
      journal.record = (line) => {
        letOut("the journal", JSON.stringify(line));
        record(line);
      };
      return journal;
    },
  };
});

function rotationTokenOf(event: unknown): string {
  const given = typeof event === "object" && event !== null && "RotationToken" in event;
  return given && typeof event.RotationToken === "string" ? event.RotationToken : "";
}

afterEach(() => expect(shown(), "secrets that were shown").toEqual([]));
// What hooks around a whole file let out, and what was known to be a secret only after it was let out.
afterAll(() => expect([...shown(), ...shownEarlier()], "secrets that were shown").toEqual([]));
