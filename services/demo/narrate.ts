import type { Entry, RequestEntry } from "./ask.js";
import {
  type Meaning,
  meaningAtStore,
  meaningAtVendor,
  routeOf,
  type Scene,
  type Subject,
  verbOf,
} from "./requests.js";

/** One line about a rotation, each from entries of the journal. */
export interface Line extends Meaning {
  readonly step: string;
  /** True on the first line of an invocation. */
  readonly begins: boolean;
  /** What was requested, and what was answered. */
  readonly asked: string;
  /** How many keys the vendor accepted afterwards. */
  readonly live?: number;
  /** What the function threw. */
  readonly message?: string;
}

/** True when the entry is about this secret: names it, or is an exchange with its vendor. */
export function concerns(entry: Entry, { secret, service }: Pick<Subject, "secret" | "service">): boolean {
  if (entry.kind === "delivery") return false;
  if (entry.kind !== "request") return entry.secret === secret;
  if (entry.service !== "secretsmanager") return entry.service === service;
  // What a fault kept from Secrets Manager names neither secret nor caller.
  return entry.secret === secret || entry.credential === undefined;
}

/** How the rotation stands that these entries are about: its last outcome, and `open` before it has one. */
export function outcomeOf(entries: readonly Entry[]): "open" | "succeeded" | "failed" | "abandoned" {
  const last = entries.findLast((entry) => entry.kind === "rotation");
  return last?.kind === "rotation" && last.outcome !== "started" ? last.outcome : "open";
}

/**
 * The lines for one rotation, or for some tries of it. `entries` are those that concern the secret, in order. Told are
 * the function's exchanges with the vendor, what it writes to Secrets Manager, what fails, and steps that ask nothing; its
 * reads are not. Equal requests in a row make one line.
 */
export function narrate(entries: readonly Entry[], subject: Subject): readonly Line[] {
  const lines: Line[] = [];
  let [step, token, requests, start] = ["", "", 0, 0];
  const push = (line: Told) => lines.push({ ...line, begins: lines.length === start });
  for (const entry of entries) {
    if (entry.kind === "rotation" || entry.kind === "delivery") continue;
    if (entry.kind === "request") {
      // Outside the steps it is not the function that asks.
      if (step === "" || !isFunctions(entry)) continue;
      requests += 1;
      const line = lineOf(entry, { ...subject, entries, step, token });
      const last = lines.length > start ? lines.at(-1) : undefined;
      const joined = line && last && join(last, line, entry);
      if (joined) lines[lines.length - 1] = joined;
      else if (line) push(line);
    } else if (entry.phase === "start") {
      [step, token, requests, start] = [entry.step, entry.token, 0, lines.length];
    } else {
      const silent = lines.length === start;
      if (entry.error) push({ ...failed(step), message: entry.error.message });
      else if (silent && requests === 0) push(untouched(step));
      else if (silent) push({ step, words: "nothing left to do", asked: "reads only", tone: "plain" });
      step = "";
    }
  }
  return lines;
}

type Told = Omit<Line, "begins">;

function isFunctions({ service, credential }: RequestEntry): boolean {
  return service !== "secretsmanager" || credential === undefined || credential.startsWith("function-");
}

function failed(step: string): Told {
  return { step, words: "FAILED", asked: "the function threw", tone: "bad" };
}

function untouched(step: string): Told {
  const meaning = { asked: "no request", tone: "plain" } as const;
  if (step !== "setSecret") return { step, words: "asks nothing", ...meaning };
  return { step, words: "nothing to set", ...meaning, why: "nothing-to-set" };
}

function lineOf(entry: RequestEntry, scene: Scene): Told | undefined {
  const answer = entry.status === 0 ? "none" : String(entry.status);
  const asked = `${brief(routeOf(entry))} → ${answer}${entry.error ? ` (${entry.error})` : ""}`;
  const base = { step: scene.step, asked };
  if (entry.service === "secretsmanager") {
    const meaning = meaningAtStore(entry, scene);
    return meaning && { ...base, ...meaning };
  }
  const { credential, live } = entry;
  const handle = credential === undefined || credential === "app" ? {} : { handle: credential };
  return { ...base, ...handle, ...(live && { live: live.length }), ...meaningAtVendor(entry, scene) };
}

/** A long path by its ends. */
function brief(route: string): string {
  return route.length <= 34 ? route : route.replace(/^(\S+ \/[^/]+)\/.*\/([^/]+)$/, "$1/…/$2");
}

/** Both as one line, when they say the same, or when a good answer is followed by a look at the list; undefined else. */
function join(last: Line, line: Told, entry: RequestEntry): Line | undefined {
  if (last.live !== line.live) return undefined;
  const [, asked = "", times = "1"] = /^(.*?)(?: ×(\d+))?$/.exec(last.asked) ?? [];
  if (asked === line.asked && last.words === line.words && last.handle === line.handle) {
    return { ...last, asked: `${asked} ×${Number(times) + 1}` };
  }
  const listed = last.tone === "good" && verbOf(entry) === "lists" && line.tone === "plain";
  return listed ? { ...last, asked: `${last.asked}, list → ${entry.status}` } : undefined;
}
