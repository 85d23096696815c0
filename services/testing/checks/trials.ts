import { failureCodes, failureOfStatus } from "../../../providers/kit/failure.js";
import { broken, must } from "../check.js";
import { codeIn, wordOf } from "../outcome.js";
import type { Quirk, Subject } from "../subject.js";
import { askedToWait, type Trial, type Trials } from "../trials.js";

/** What the trials must have come to. @throws Breach */
export type Judge = (trials: Trials, subject: Subject) => void;

/** Strangers' errors and verbs without an end break promises of their own. */
const plain = ({ outcome }: Trial) =>
  outcome.kind === "value" || (outcome.kind === "thrown" && codeIn(outcome.thrown) !== undefined);

export const network: Judge = ({ all }) => {
  for (const trial of all.filter(plain)) {
    const code = networkCode(trial);
    if (code === undefined || trial.isTrue) continue;
    mustFailWith(trial, code);
  }
};

function networkCode({ fault }: Trial): string | undefined {
  if (fault.kind === "html") return fault.status === 200 ? "unexpected" : "unavailable";
  if (fault.kind === "redirect") return "unexpected";
  return fault.kind === "status" ? undefined : "unavailable";
}

export const status: Judge = ({ all }, { quirks = [] }) => {
  const met = new Set<Quirk>();
  for (const trial of all.filter(plain)) {
    const { fault, exchange, outcome } = trial;
    if (fault.kind !== "status" || fault.status < 300) continue;
    const quirk = quirks.find((one) => one.status === fault.status && one.request.test(nameOf(trial)));
    if (quirk) {
      met.add(quirk);
      must(
        wordOf(outcome) === quirk.outcome,
        `${where(trial)} to be ${quirk.outcome}, as its quirk says`,
        wordOf(outcome),
      );
    } else if (!(outcome.kind === "value" && isAnswer(trial, fault.status, exchange.method))) {
      mustFailWith(trial, fault.status < 400 ? "unexpected" : failureOfStatus(fault.status));
    }
  }
  const unmet = quirks.find((quirk) => !met.has(quirk));
  if (unmet) throw broken(`a request to meet the quirk of status ${unmet.status} (${unmet.reason})`, "none");
};

/** Whether a refusal answers what the verb asked: then a success, or this very verdict, is right. */
function isAnswer(trial: Trial, status: number, method: string): boolean {
  const { verb, outcome, carriesKey, namesKey, isTrue } = trial;
  const gone = (status === 404 || status === 410) && (namesKey || (method !== "GET" && method !== "HEAD"));
  if (verb === "verify") {
    const word = wordOf(outcome);
    if (word === "accepted") return carriesKey && status === 403;
    return word === "rejected" && ((carriesKey && status === 401) || gone);
  }
  return isTrue || (verb === "retire" && (gone || (carriesKey && status === 401)));
}

export const shape: Judge = ({ all }) => {
  for (const trial of all.filter(plain)) {
    if (trial.fault.kind !== "status" || trial.fault.status !== 200 || trial.isTrue) continue;
    mustFailWith(trial, "unexpected");
  }
};

export const limits: Judge = ({ all }) => {
  for (const { fault, outcome, ...trial } of all) {
    if (fault.kind !== "status" || fault.status !== 429 || outcome.kind !== "thrown") continue;
    if (codeIn(outcome.thrown) !== "rate_limited") continue;
    const told = outcome.thrown;
    const seconds =
      typeof told === "object" && told && "retryAfterSeconds" in told ? told.retryAfterSeconds : undefined;
    must(
      seconds === askedToWait,
      `${where({ fault, outcome, ...trial })}, with retry-after: ${askedToWait}, to have retryAfterSeconds ${askedToWait}`,
      `${typeof seconds === "number" ? seconds : "none"}`,
    );
  }
};

export const errors: Judge = ({ all }) => {
  for (const trial of all) {
    const { outcome } = trial;
    const known = outcome.kind !== "thrown" || (codeIn(outcome.thrown) ?? "") in failureCodes;
    must(known, `${where(trial)} to throw a ProviderError of a known code`, wordOf(outcome));
  }
};

export const time: Judge = ({ all }) => {
  for (const trial of all) {
    must(
      trial.outcome.kind !== "endless",
      `${where(trial)} to end`,
      "no end within the time of its exchanges",
    );
  }
};

export const secrets: Judge = ({ leaks }) => {
  must(leaks.length === 0, "nothing planted to come to light", leaks.join("; "));
};

function mustFailWith(trial: Trial, code: string): void {
  must(wordOf(trial.outcome) === code, `${where(trial)} to be ${code}`, wordOf(trial.outcome));
}

function where(trial: Trial): string {
  const { fault } = trial;
  const what =
    fault.kind === "status" || fault.kind === "html" ? `${fault.kind} ${fault.status}` : fault.kind;
  // What is this long may be a key, if wrongly so.
  return `${trial.verb} at ${nameOf(trial).replaceAll(/[^/]{41,}/g, "…")} under "${what}"`;
}

function nameOf({ exchange }: Trial): string {
  return `${exchange.method} ${exchange.path}`;
}
