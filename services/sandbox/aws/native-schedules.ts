import type { Timeline } from "../parts.js";
import type { Agenda } from "./agenda.js";
import { current, pending } from "./labels.js";
import { defined, epochSeconds } from "./operation.js";
import type { Rotations } from "./rotation.js";
import { stage } from "./run.js";
import type { Anchors, Window } from "./schedule.js";
import type { SecretRecord, SecretStore } from "./secret-record.js";
import type { SwitchBoard } from "./switches.js";

export interface ScheduleParts {
  readonly timeline: Timeline;
  readonly agenda: Agenda;
  readonly switches: SwitchBoard;
  readonly store: SecretStore;
  readonly rotations: Rotations;
  readonly randomId: () => string;
  /** Called after a change that no request made; it calls `sync`. */
  readonly changed: () => void;
}

interface Plan {
  readonly at: number;
  readonly window: Window;
  readonly cancel: () => void;
}

const dayMs = 86_400_000;

/**
 * Rotations that begin by themselves, one at a time a secret, each at a moment of its window. What is planned follows
 * from the secret alone, so `sync` after whatever may have changed it is all that is needed.
 * @see https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_schedule.html
 */
export class NativeSchedules {
  readonly #parts: ScheduleParts;
  readonly #plans = new Map<SecretRecord, Plan>();
  /** When the last window opened that was made use of, whatever came of it. */
  readonly #used = new WeakMap<SecretRecord, Date>();

  constructor(parts: ScheduleParts) {
    this.#parts = parts;
  }

  /** Plans anew for every secret whose schedule, last rotation or deletion is not as it was. */
  sync(): void {
    const { store, agenda } = this.#parts;
    const wanted = new Map<SecretRecord, Omit<Plan, "cancel">>();
    for (const secret of store.all()) {
      const next = this.#next(secret);
      if (next) wanted.set(secret, next);
    }
    for (const [secret, plan] of this.#plans) {
      const next = wanted.get(secret);
      if (next && next.at === plan.at && next.window.closes.getTime() === plan.window.closes.getTime())
        continue;
      plan.cancel();
      this.#plans.delete(secret);
    }
    for (const [secret, next] of wanted) {
      if (this.#plans.has(secret)) continue;
      const cancel = agenda.at(new Date(next.at), () => this.#begin(secret, next.window));
      this.#plans.set(secret, { ...next, cancel });
    }
  }

  /** The next window whose moment has not passed. */
  #next(secret: SecretRecord): Omit<Plan, "cancel"> | undefined {
    const anchors = comesByItself(secret) ? anchorsOf(secret) : undefined;
    if (!anchors) return undefined;
    const now = this.#parts.timeline.now().getTime();
    // No window lasts longer than a day.
    let after = latest(anchors.since, anchors.rotated, this.#used.get(secret), new Date(now - dayMs));
    for (;;) {
      const window = this.#windowAfter(secret, anchors, after);
      if (!window) return undefined;
      const at = this.#momentIn(window);
      if (at >= now) return { at, window };
      after = window.opens;
    }
  }

  #windowAfter(secret: SecretRecord, anchors: Anchors, after: Date): Window | undefined {
    const { schedule, earlier } = secret.rotation ?? {};
    const next = schedule?.next(after, anchors);
    const used = this.#used.get(secret);
    const failed = used && used > anchors.rotated && used >= anchors.since;
    const daily = this.#parts.switches.now.failedWindow === "next day";
    const again = next && failed && daily ? dayAfter(used, after, next) : undefined;
    const candidates = [next, again, earlier && earlier.opens > after ? earlier : undefined];
    return candidates.reduce<Window | undefined>(
      (first, window) => (window && (!first || window.opens < first.opens) ? window : first),
      undefined,
    );
  }

  #momentIn({ opens, closes }: Window): number {
    const moments = {
      start: opens.getTime(),
      middle: (opens.getTime() + closes.getTime()) / 2,
      end: closes.getTime(),
    };
    return moments[this.#parts.switches.now.windowMoment];
  }

  /** A rotation under way goes on by itself, a stuck one is taken up again, else a new one begins. */
  #begin(secret: SecretRecord, window: Window): void {
    const { rotations, randomId, timeline, changed } = this.#parts;
    this.#plans.delete(secret);
    this.#used.set(secret, window.opens);
    const holder = secret.labels.get(pending);
    if (rotations.tokenUnderWay(secret) === undefined) {
      const stuck = holder !== undefined && holder !== secret.labels.get(current);
      if (stuck) rotations.reattempt(secret, window.closes);
      else {
        const token = randomId();
        stage(secret, token, timeline.now());
        rotations.start(secret, token, { windowEnds: window.closes });
      }
    }
    changed();
  }
}

/** The window that comes next by the schedule; one in which rotation failed stays the next. Undefined without a schedule. */
export function nextWindow(secret: SecretRecord): Window | undefined {
  const anchors = anchorsOf(secret);
  return anchors && secret.rotation?.schedule?.next(latest(anchors.since, anchors.rotated), anchors);
}

/**
 * What DescribeSecret tells of the schedule. Who sets an expression reads days beside it; sending both back is refused.
 * NextRotationDate is the latest date, and lies in the past when rotation failed.
 */
export function scheduleTold(secret: SecretRecord) {
  const { rules, schedule } = secret.rotation ?? {};
  const next = nextWindow(secret);
  if (!rules || !schedule || !next) return {};
  return {
    RotationRules: defined({ ...rules, AutomaticallyAfterDays: schedule.daysTold(next) }),
    ...(comesByItself(secret) && { NextRotationDate: epochSeconds(next.closes) }),
  };
}

const comesByItself = ({ rotation, deletionDate }: SecretRecord) =>
  rotation?.enabled === true && !deletionDate;

function anchorsOf({ rotation, versions, labels, rotatedAt }: SecretRecord): Anchors | undefined {
  if (!rotation) return undefined;
  // A value written by hand counts as a rotation, and its version is the current one.
  const written = versions.get(labels.get(current) ?? "")?.createdAt;
  return { since: rotation.since, rotated: latest(written ?? rotation.since, rotatedAt) };
}

const latest = (first: Date, ...others: (Date | undefined)[]): Date =>
  others.reduce<Date>((so, other) => (other && other > so ? other : so), first);

/** A window as long as the next one, whole days after the one that failed, and the first later than `after`. */
function dayAfter(failed: Date, after: Date, { opens, closes }: Window): Window {
  const days = Math.floor((after.getTime() - failed.getTime()) / dayMs) + 1;
  const again = failed.getTime() + days * dayMs;
  return { opens: new Date(again), closes: new Date(again + closes.getTime() - opens.getTime()) };
}
