import { randomBytes } from "node:crypto";
import type { Key } from "../../providers/kit/contract.js";
import type { Fault } from "../sandbox/faults.js";
import { type Act, actsOf } from "./acts.js";
import { type Bench, withBench } from "./bench.js";
import { type Outcome, outcomeOf } from "./outcome.js";
import { listen } from "./output.js";
import { everythingOf, Planted } from "./planted.js";
import { errorBody, type Subject } from "./subject.js";
import { openTrap } from "./trap.js";
import type { Exchange } from "./wire.js";

/** A verb that met a fault, from one of its exchanges on. */
export interface Trial {
  readonly verb: Act["verb"];
  /** The first exchange that met it. */
  readonly exchange: Exchange;
  readonly fault: Fault;
  readonly outcome: Outcome;
  /** A success is one: at the vendor it is so. */
  readonly isTrue: boolean;
  /** The exchange showed the key itself to its vendor. */
  readonly carriesKey: boolean;
  /** The exchange's path has the key's handle. */
  readonly namesKey: boolean;
}

export interface Trials {
  readonly all: readonly Trial[];
  /** Requests to a host that was not declared. */
  readonly strayed: number;
  /** What came to light of the planted values, and where. */
  readonly leaks: readonly string[];
}

/** What may stand in `retry-after`. Seconds. */
export const askedToWait = 7;
/** How long an exchange may take where nothing comes. Milliseconds. */
const hangMs = 25;
/** What else may take its time, on a loaded machine. Milliseconds. */
const slackMs = 2000;

const fewStatuses = [302, 401, 403, 404, 409, 422, 429, 500];
const allStatuses = [
  ...fewStatuses,
  ...[301, 304, 307, 308, 400, 405, 408, 410, 413, 415, 418, 423, 425, 451],
  ...[501, 502, 503, 504, 520, 599],
];

/**
 * Every exchange of every verb meets every fault, each until the verb ends. The first of several that look alike meets every
 * status, the others one of each kind.
 */
export function runTrials(subject: Subject): Promise<Trials> {
  return withBench(subject, async (bench) => {
    const marker = `conformance-${randomBytes(12).toString("hex")}`;
    const trap = await openTrap();
    const record = new Ledger(marker);
    const ear = listen();
    // Frames show no values, and to map hundreds of them to their sources takes longer than all the rest.
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    const met = new Set<string>();
    try {
      for (const act of await actsOf(bench)) {
        for (const exchange of await exchangesOf(bench, act, record)) {
          const request = looksOf(exchange);
          const statuses = subject.fewStatuses || met.has(request) ? fewStatuses : allStatuses;
          met.add(request);
          for (const fault of faultsFor(exchange.service, {
            subject,
            statuses,
            marker,
            elsewhere: trap.url,
          })) {
            await runTrial(bench, act, exchange, fault, record);
          }
        }
      }
      for (const line of ear.heard) record.said("something written to the console", line);
      return { all: record.trials, strayed: trap.caught, leaks: record.leaks };
    } finally {
      Error.stackTraceLimit = stackTraceLimit;
      ear.close();
      await trap.close();
    }
  });
}

interface Place extends Exchange {
  readonly index: number;
  /** How many exchanges the verb has, undisturbed. */
  readonly of: number;
}

/** What is remembered of the trials; errors are read at once, and not kept. */
class Ledger {
  readonly trials: Trial[] = [];
  readonly planted = new Planted();
  readonly #leaks = new Set<string>();
  readonly #texts = new Map<string, string>();

  constructor(marker: string) {
    this.planted.plant("the text of the vendor's own error", marker);
  }

  /** Looked through at the end: a key may be made after it was printed. */
  said(where: string, text: string): void {
    this.#texts.set(text, where);
  }

  get leaks(): readonly string[] {
    for (const [text, where] of this.#texts) {
      for (const what of this.planted.shownIn(text)) this.#leaks.add(`${what} in ${where}`);
    }
    return [...this.#leaks];
  }
}

async function exchangesOf(bench: Bench, act: Act, record: Ledger): Promise<readonly Place[]> {
  const ready = await act.ready();
  if (!ready) return [];
  record.planted.plant("the admin credential", ready.customer.admin);
  if (ready.key) record.planted.plantKey(ready.key);
  const connection = await bench.connect(ready.customer);
  bench.wire.play();
  const outcome = await outcomeOf(ready.run(connection), slackMs);
  const seen = [...bench.wire.seen];
  if (outcome.kind !== "value") return [];
  record.said(`what ${act.verb} resolves to`, everythingOf(outcome.value));
  return seen.map((exchange, index) => ({ ...exchange, index, of: seen.length }));
}

/** Method and path, whatever ids are in it. */
function looksOf({ service, method, path }: Exchange): string {
  return `${service} ${method} ${path.replaceAll(/[^/]*\d[^/]*/g, "{id}")}`;
}

interface Plan {
  readonly subject: Subject;
  readonly statuses: readonly number[];
  readonly marker: string;
  readonly elsewhere: string;
}

function faultsFor(service: string, { subject, statuses, marker, elsewhere }: Plan): readonly Fault[] {
  if (service !== "vendor") return (subject.besides?.faults ?? []).map((kind): Fault => ({ kind }));
  const told = (status: number): Fault => ({
    kind: "status",
    status,
    headers: { ...(status === 429 && { "retry-after": `${askedToWait}` }), "x-conformance": marker },
    body: errorBody(subject, status, `${marker} said`),
  });
  return [
    ...(["refuse", "lose", "half-close", "hang"] as const).map((kind): Fault => ({ kind })),
    ...[200, 502].map((status): Fault => ({ kind: "html", status })),
    { kind: "redirect", location: `${elsewhere}/${marker}` },
    { kind: "status", status: 200, body: { conformance: true } },
    ...statuses.map(told),
  ];
}

async function runTrial(bench: Bench, act: Act, place: Place, fault: Fault, record: Ledger): Promise<void> {
  const ready = await act.ready();
  if (!ready) return;
  const { key, customer } = ready;
  if (key) record.planted.plantKey(key);
  const ending = new AbortController();
  const timeoutMs = fault.kind === "hang" ? hangMs : 5000;
  const connection = await bench.connect(customer, { timeoutMs, signal: ending.signal });
  const strikes = ({ service }: Exchange, index: number) => index >= place.index && service === place.service;
  bench.wire.play((exchange, index) => (strikes(exchange, index) ? fault : undefined));
  const outcome = await outcomeOf(ready.run(connection), (place.of + 1) * hangMs + slackMs);
  ending.abort();
  const seen = [...bench.wire.seen];
  bench.wire.play();
  const where = `what ${act.verb} throws`;
  if (outcome.kind === "thrown") record.said(where, everythingOf(outcome.thrown));
  for (const { path, query } of seen) record.said(`a URL of ${act.verb}`, `${decoded(path)}?${query}`);
  const met = seen.find(strikes);
  // A verb need not come so far again: what it did the last time may be done.
  if (!met) return;
  record.trials.push({
    ...{ verb: act.verb, exchange: met, fault, outcome },
    isTrue: outcome.kind === "value" && ready.isTrue(outcome.value),
    carriesKey: key !== undefined && carries(met, key),
    namesKey: key !== undefined && decoded(met.path).includes(key.handle),
  });
}

/** Whether a request shows the key itself: in a header, as it is or as basic authentication has it. */
function carries({ headers }: Exchange, { fields }: Key): boolean {
  const texts = Object.values(headers).flatMap((text) => [
    text,
    Buffer.from(text.replace(/^basic /i, ""), "base64").toString("utf8"),
  ]);
  return Object.values(fields).some((secret) => texts.some((text) => text.includes(secret.reveal())));
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
