import { type Event, type Happening, happen, isEvent, troubles } from "./happenings.js";
import { Truth } from "./truth.js";
import type { Director, Fate, Interaction, Runner } from "./wire.js";
import type { World } from "./world.js";

/** Something that happens at the n-th request that a rotation makes, its retries and what follows from them included. */
export interface Planned {
  /** 1 is the first request. */
  readonly at: number;
  readonly what: Happening;
}

/** What became of a rotation. */
export interface Played {
  readonly outcome: "rotated" | "after a retry" | "recovered" | "next rotation" | "contained" | "never";
  /** Invariants that were broken, and where. */
  readonly broken: readonly string[];
  /** Every request of the rotation's own steps and of its recovery. */
  readonly trace: readonly Interaction[];
  /** The most keys that lived at once. */
  readonly most: number;
}

/** How often the job that ends a key is called; `dead letter`: twice, out of the queue. */
export const comings = ["once", "twice", "never", "dead letter"] as const;
export type Coming = (typeof comings)[number];

function firings(job: unknown, comes: Coming): readonly unknown[] {
  const record = { messageId: "1", eventSource: "aws:sqs", body: JSON.stringify(job) };
  const letter = { Records: [record] };
  return { once: [job], twice: [job, job], never: [], "dead letter": [letter, letter] }[comes];
}

const minute = 60_000;
/** AWS's retries are over after that. Milliseconds. */
const retries = 4 * minute;
/** More requests than any rotation makes, however it fails: beyond that it is killed. */
const mostRequests = 600;

/** Plays rotations of one secret, one after the other: each begins in the state that the last one left. */
export class Player {
  readonly truth: Truth;
  readonly #world: World;
  readonly #director: Director = {
    before: (interaction) => this.#before(interaction),
    after: (interaction) => this.truth.passed(interaction),
  };
  #plan: readonly Planned[] = [];
  #trace: Interaction[] = [];
  #lasting = new WeakMap<Runner, Map<string, Fate>>();

  constructor(world: World) {
    this.#world = world;
    this.truth = new Truth(world);
  }

  /** A rotation in which all this happens, and what it takes until the key has turned and everything is at rest. */
  async play(plan: readonly Planned[]): Promise<Played> {
    this.follow(plan);
    const before = await this.begin();
    const from = this.#world.sandbox.journal.last;
    await this.rotate();
    const outcome = this.#failures(from) === 0 ? "rotated" : "after a retry";
    if (outcome === "rotated") await this.truth.succeeded();
    return this.settle(before, outcome);
  }

  /** From now on this happens. Resolves to the requests that it counts: those of the function that AWS calls, and of recovery, as they come. */
  follow(plan: readonly Planned[]): readonly Interaction[] {
    this.#plan = plan;
    this.#trace = [];
    this.#world.wire.director = this.#director;
    return this.#trace;
  }

  /** From now on everything that is broken counts. Resolves to the handle that must give way. */
  async begin(): Promise<string | undefined> {
    this.truth.begin();
    return this.truth.handleAt("AWSCURRENT");
  }

  /** RotateSecret, with the time that AWS's retries take. Milliseconds. */
  async rotate(time = retries): Promise<void> {
    const { sandbox, aws, secretId } = this.#world;
    await aws.rotateSecret({ SecretId: secretId }).catch(() => undefined);
    await sandbox.timeline.advance(0);
    await sandbox.timeline.advance(time);
  }

  /** Recovery every five minutes, and the next rotation where none is open, until another key than `before` is current and all is at rest. */
  async settle(before: string | undefined, sofar: Played["outcome"]): Promise<Played> {
    const { sandbox, arn, invoke } = this.#world;
    const { timeline } = sandbox;
    const hasTurned = async () => this.isAtRest() && (await this.truth.handleAt("AWSCURRENT")) !== before;
    const isOver = async () => (await hasTurned()) && (await this.truth.doomed()).length === 0;
    let outcome = sofar;
    for (let round = 1; !(await isOver()) && outcome !== "never"; round++) {
      if (round > 8) outcome = "never";
      else if (!(await hasTurned())) outcome = this.isAtRest() ? "next rotation" : "recovered";
      await invoke("recovery", { keyturn: { v: 1, action: "recover", secretId: arn } }).catch(
        () => undefined,
      );
      await timeline.advance(0);
      if (this.isAtRest() && !(await isOver())) await this.rotate();
      else await timeline.advance(5 * minute);
    }
    const broken = await this.truth.end();
    this.#plan = [];
    const stuck = outcome === "never" ? ["it rotates no more"] : [];
    return { outcome, trace: this.#trace, most: this.truth.most, broken: [...broken, ...stuck] };
  }

  /**
   * The end of the previous key, whose overlap is over, in which all this happens; then recovery's runs, until the key is dead and its version has
   * lost its label.
   */
  async endOfOverlap(plan: readonly Planned[], comes: Coming = "once"): Promise<Played> {
    const { sandbox, arn, invoke, holder } = this.#world;
    this.follow(plan);
    const current = await this.begin();
    const versionId = holder("AWSPREVIOUS");
    const handle = (await this.truth.handleAt("AWSPREVIOUS")) ?? "";
    const job = { keyturn: { v: 1, action: "end-overlap", secretId: arn, versionId, handle } };
    for (const event of firings(job, comes)) await invoke("AWS's", event).catch(() => undefined);
    const isOver = () => holder("AWSPREVIOUS") !== versionId && !this.truth.live().includes(handle);
    let rounds = 0;
    for (; !isOver() && rounds < 4; rounds++) {
      await sandbox.timeline.advance(5 * minute);
      const recover = { keyturn: { v: 1, action: "recover", secretId: arn } };
      await invoke("recovery", recover).catch(() => undefined);
    }
    const broken = [...(await this.truth.end())];
    if (!isOver()) broken.push("the previous key was never ended");
    if ((await this.truth.handleAt("AWSCURRENT")) !== current) broken.push("AWSCURRENT has moved");
    this.#plan = [];
    return {
      outcome: rounds === 0 ? "rotated" : "recovered",
      trace: this.#trace,
      most: this.truth.most,
      broken,
    };
  }

  /**
   * Brings the secret to where every rotation begins: two keys, the overlap over, no mark.
   * Throws when an undisturbed rotation does not succeed at once.
   */
  async steady(): Promise<void> {
    const { sandbox, aws, secretId } = this.#world;
    for (const { name, versions } of sandbox.secretsManager.describe()) {
      if (name !== secretId) continue;
      for (const { id, stages } of versions)
        for (const stage of stages.filter((label) => label.startsWith("keyturn:")))
          await aws.updateSecretVersionStage({
            SecretId: secretId,
            VersionStage: stage,
            RemoveFromVersionId: id,
          });
    }
    // The previous key lives on when its overlap is over: what every rotation must reckon with.
    await this.#world.loseEnds();
    await sandbox.timeline.advance(20 * minute);
    const held = [await this.truth.handleAt("AWSCURRENT"), await this.truth.handleAt("AWSPREVIOUS")];
    const live = this.truth.live();
    if (held.every((handle) => handle !== undefined && live.includes(handle)) && held[0] !== held[1]) return;
    const { outcome, broken } = await this.play([]);
    if (outcome !== "rotated" || broken.length > 0)
      throw new Error(`an undisturbed rotation: ${outcome}; ${broken.join("; ")}`);
    await this.steady();
  }

  /** Whether no rotation is open. */
  isAtRest(): boolean {
    const pending = this.#world.holder("AWSPENDING");
    return pending === undefined || pending === this.#world.holder("AWSCURRENT");
  }

  #failures(from: number): number {
    return this.#world.sandbox.journal
      .since(from)
      .filter((entry) => entry.kind === "invocation" && entry.error).length;
  }

  async #before(interaction: Interaction): Promise<Fate> {
    if (interaction.runner.name !== "AWS's" && interaction.runner.name !== "recovery") return "pass";
    const at = this.#trace.push(interaction);
    if (at > mostRequests) return "die";
    let fate = this.#lasting.get(interaction.runner)?.get(interaction.operation) ?? "pass";
    for (const { what } of this.#plan.filter((planned) => planned.at === at)) {
      if (isEvent(what)) {
        await happen(what, this.#world, this.truth, interaction);
        await this.truth.look(`after ${what}`);
      } else fate = this.#fateOf(what, interaction);
    }
    return fate;
  }

  #fateOf(what: Exclude<Happening, Event>, { runner, operation }: Interaction): Fate {
    if (what === "die" || what === "die after") return what;
    const once = troubles.find((trouble) => what === `${trouble} once`);
    if (once) return once;
    const lasting = troubles.find((trouble) => what === trouble) ?? "pass";
    this.#lasting.set(runner, (this.#lasting.get(runner) ?? new Map<string, Fate>()).set(operation, lasting));
    return lasting;
  }
}
