import { atSecretsManager, deaths, events, type Happening, isEvent, troubles } from "./happenings.js";
import type { Planned } from "./play.js";
import type { Interaction } from "./wire.js";

/** Nobody can know what happens between the last question about a key and this. */
const flip = "UpdateSecretVersionStage";
const all: readonly Happening[] = [...troubles, ...deaths, ...events];

/**
 * Everything that can go wrong once in a rotation that makes these requests, and makes a difference. The answer to a request that
 * only reads cannot be lost after anything was done; a process that dies after a request dies before the next one, unless there is none in
 * its invocation; a new key can be marked, or end, once it is stored; and what touches Secrets Manager alone is seen by requests to it alone.
 */
export function singles(trace: readonly Interaction[]): readonly Planned[] {
  const stored = trace.findIndex(({ operation }) => operation === "PutSecretValue");
  return trace.flatMap((interaction, index) => {
    const isLast = trace[index + 1]?.runner !== interaction.runner;
    return all
      .filter((what) => what !== "lose" || interaction.changes)
      .filter((what) => what !== "die after" || isLast)
      .filter((what) => (what !== "new key ended" && what !== "leak pending") || index > stored)
      .filter((what) => what !== "new key ended" || interaction.operation !== flip)
      .filter((what) => !atSecretsManager.includes(what) || interaction.service === "secretsmanager")
      .map((what) => ({ at: index + 1, what }));
  });
}

/**
 * The number of the stretch, between two requests that change something or two invocations, that each request lies in. What tells events
 * lies in one of its own: no rotation fails with it.
 */
export function stretches(trace: readonly Interaction[]): readonly number[] {
  let stretch = 0;
  const isApart = ({ changes, operation }: Interaction) => changes || operation === "PutEvents";
  return trace.map((interaction, index) => {
    const last = trace[index - 1];
    if (last && (isApart(interaction) || isApart(last) || last.runner !== interaction.runner)) stretch++;
    return stretch;
  });
}

/**
 * One of each class: between two requests that change something it makes no difference at which a step fails or its process dies, nor
 * how a request failed; only that one that changes something was throttled tells that nothing was done. `npm run faults` plays them
 * all, and shows that each class of what a process can meet has one outcome.
 */
export function distinct(trace: readonly Interaction[]): readonly Planned[] {
  const stretch = stretches(trace);
  const seen = new Set<string>();
  return singles(trace).filter(({ at, what }) => {
    const name = `${classOf(what, trace[at - 1])} ${stretch[at - 1]}`;
    return !seen.has(name) && seen.add(name).has(name);
  });
}

/**
 * Of these what `npm test` plays: between two writes a death, and a failure where it is the first request of all; the doings of others
 * only right before a request that changes something, when all that was read is old; what tells events can only fail.
 */
export function lean(trace: readonly Interaction[]): readonly Planned[] {
  return distinct(trace).filter(({ at, what }) => {
    const { changes, operation } = trace[at - 1] ?? {};
    if (changes) return true;
    if (operation === "PutEvents") return what === "refuse" || at === trace.length;
    return !isEvent(what) && (what !== "refuse" || at === 1);
  });
}

/** Those that a process can meet: no doing of others. */
export function ofProcess(trace: readonly Interaction[], from = 1): readonly Planned[] {
  return distinct(trace).filter(({ at, what }) => at >= from && !isEvent(what));
}

/** While a leak is contained: whoever marks more than was reported must report that, too, and is a containment of its own. */
export function ofContainment(trace: readonly Interaction[]): readonly Planned[] {
  return distinct(trace).filter(({ what }) => !what.startsWith("leak"));
}

/** Of these what `npm test` plays: deaths of the containment itself right before it changes anything. */
export function leanOfContainment(trace: readonly Interaction[]): readonly Planned[] {
  return ofContainment(trace).filter(({ at, what }) => {
    const { runner, changes } = trace[at - 1] ?? {};
    return what === "die" && changes === true && runner?.step === "contain";
  });
}

/** What a fault is the same as. */
export function classOf(what: Happening, at: Interaction | undefined): Happening {
  if (what === "throttle" && at?.changes) return what;
  return what === "time-out" || what === "500" || what === "throttle" ? "refuse" : what;
}
