import type { Application } from "./application.js";
import type { Control, Entry } from "./ask.js";
import { concerns, narrate, outcomeOf } from "./narrate.js";
import { type Page, short } from "./page.js";
import { type Use, useOf } from "./proof.js";
import { endedBetween, roleOf, type Standing, standingLine } from "./standing.js";

export type Service = "github" | "stripe";

/** A secret whose rotations are told. */
export interface Told {
  readonly secret: string;
  readonly provider: string;
  readonly service: Service;
  /** The service's name for people. */
  readonly vendor: string;
  /** As it was after the last try that was told. */
  standing: Standing;
  /** What the sandbox saw since then. */
  inbox: Entry[];
}

/** More tries than AWS makes. */
const mostTries = 5;

/** Shows what the sandbox saw: asks for news, and writes only what they tell. */
export class Teller {
  constructor(
    readonly page: Page,
    readonly control: Control,
    readonly application: Application,
    readonly secrets: readonly Told[],
  ) {}

  /** Reads on in the journal. */
  async news(): Promise<void> {
    const entries = await this.control.news();
    for (const told of this.secrets) told.inbox.push(...entries.filter((entry) => concerns(entry, told)));
  }

  /**
   * Tells what came of a rotation, and moves time for AWS's next tries until it is over. `afterFailure` comes
   * between the first failed try and the second. Resolves to whether the rotation succeeded.
   */
  async follow(told: Told, afterFailure?: (before: Standing) => Promise<void>): Promise<boolean> {
    for (let tries = 1; tries <= mostTries; tries++) {
      const entries = told.inbox;
      told.inbox = [];
      const before = told.standing;
      await this.#tell(told, entries);
      const outcome = outcomeOf(entries);
      if (outcome !== "open") return outcome === "succeeded";
      if (tries === 1) await afterFailure?.(before);
      const { now } = await this.control.advance("1m");
      this.page.fact(`clock +1m → ${time(now)}`, "wait");
      await this.news();
    }
    return false;
  }

  /** The application uses a key; what the journal says of it is told. */
  async use(told: Told, handle: string): Promise<Use> {
    await this.news();
    const seen = told.inbox.length;
    const key = this.application.held.find((one) => one.handle === handle);
    if (key) await this.application.use(key);
    await this.news();
    const { service, vendor, standing } = told;
    const use = useOf({ service, handle }, roleOf(handle, standing), told.inbox.slice(seen));
    const { role, asked, words, tone } = use;
    const who = `${vendor}  ${role.padEnd(9)} ${short(handle).padEnd(13)}`;
    this.page.fact(`${who} ${asked.padEnd(40)} ${words}`, tone);
    return use;
  }

  /** Scripts a fault through the control port. */
  async fault(meaning: string, what: Readonly<Record<string, unknown>>): Promise<void> {
    await this.control.fault(what);
    const body = JSON.stringify(what).replaceAll(',"', ', "');
    this.page.fact(`${meaning} · POST /faults ${body} → 200`, "wait");
  }

  async #tell(told: Told, entries: readonly Entry[]): Promise<void> {
    const before = told.standing;
    told.standing = await this.#look(told);
    const { current, previous, keys } = before;
    const known = new Set(keys.map(({ handle }) => handle));
    const ended = endedBetween(before, told.standing);
    this.#head(told, entries);
    this.page.rows(narrate(entries, { ...told, current, previous, known, ended }));
    const { text, tone, live } = standingLine(told.standing);
    this.page.fact(text, tone, live);
  }

  #head({ vendor, secret }: Told, entries: readonly Entry[]): void {
    const invocation = entries.find((entry) => entry.kind === "invocation");
    const token = invocation?.kind === "invocation" ? invocation.token.slice(0, 8) : "unseen";
    const begins = entries.some((entry) => entry.kind === "rotation" && entry.outcome === "started");
    const outcome = outcomeOf(entries);
    const words = { succeeded: "succeeded", failed: "FAILED", abandoned: "ABANDONED", open: "not over" };
    const tone = outcome === "succeeded" ? "good" : outcome === "open" ? "wait" : "bad";
    const rotation = `rotation ${token}${begins ? "" : ", tried again"}`;
    this.page.head(`${vendor} · ${secret} · ${rotation} · ${words[outcome]}`, tone);
  }

  /** DescribeSecret, GetSecretValue and GET /keys. */
  async #look({ secret, provider }: Told): Promise<Standing> {
    const labels = await this.application.labels(secret);
    const read = (stage: "AWSCURRENT" | "AWSPREVIOUS") =>
      labels.has(stage) ? this.application.read(secret, stage) : undefined;
    const [current, previous] = [await read("AWSCURRENT"), await read("AWSPREVIOUS")];
    const keys = (await this.control.keys()).filter((key) => key.provider === provider);
    return { labels, current, previous, keys };
  }
}

export function time(iso: string): string {
  return `${iso.slice(11, 19)} UTC`;
}
