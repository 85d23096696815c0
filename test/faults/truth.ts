import type { VendorKey } from "../../providers/kit/fake.js";
import { secretRef } from "../../services/rotation/event.js";
import { endName, secretIdOf } from "../../services/schedules/names.js";
import type { Interaction, Runner } from "./wire.js";
import type { World } from "./world.js";

/** What the invariants are checked against: the vendor's own record and AWS's own labels, whatever anybody was told. */
export class Truth {
  readonly #world: World;
  /** Handle of the key that a version holds, for every version that was ever seen with a label. */
  readonly #handles = new Map<string, string>();
  readonly #broken = new Set<string>();
  /** The version that each staging label is on, when last looked at. */
  #stages: ReadonlyMap<string, string> = new Map();
  /** Handles that a label of AWS's led to when last looked at. */
  #held: ReadonlySet<string> = new Set();
  /** Who made a key, and for which rotation. */
  readonly #made = new Map<string, { readonly runner: Runner; readonly token: string }>();
  readonly #known = new Set<string>();
  /** Keys whose making reached the vendor when their rotation was over: what a vendor without conditional creates cannot refuse. */
  readonly #late = new Set<string>();
  /** Counts requests. */
  #requests = 0;
  #lastPut: { readonly runner: object | undefined; readonly at: number } = { runner: undefined, at: 0 };
  readonly #lastLook = new WeakMap<object, number>();
  /** Keys whose rotation was over before they were stored. */
  readonly #overtaken = new Set<string>();
  /** Keys whose version lost its labels to another current value: where nobody lists keys, nobody can find them any more. */
  readonly #unlabelled = new Set<string>();
  /** Handles of keys that somebody reported as leaked. */
  readonly leaked = new Set<string>();
  /** Whether a leaked key may be ended while AWSCURRENT holds it. */
  killsFirst = false;
  /** Leaked keys whose end has begun. */
  readonly #endedLeaks = new Set<string>();
  /** The version that AWSCURRENT was on when a request was done last. */
  #current: string | undefined;
  /** Those that had been reported when finishSecret looked last. */
  #seen: readonly string[] = [];
  /** The most keys that lived at once since `begin`. */
  most = 0;

  constructor(world: World) {
    this.#world = world;
    for (const { handle } of this.keys()) this.#known.add(handle);
  }

  begin(): void {
    this.#broken.clear();
    this.leaked.clear();
    this.killsFirst = false;
    this.#endedLeaks.clear();
    this.#current = this.#world.holder("AWSCURRENT");
    this.#seen = [];
    this.most = 0;
  }

  /** Every key that was made for the secret. */
  keys(): readonly VendorKey[] {
    const { sandbox, provider, planted } = this.#world;
    return sandbox.keys().filter((key) => key.provider === provider.id && !planted.has(key.handle));
  }

  live(): readonly string[] {
    return this.keys().flatMap((key) => (key.live ? [key.handle] : []));
  }

  /** The handle that the version under a staging label holds. */
  async handleAt(stage: string): Promise<string | undefined> {
    await this.#read();
    return this.#at(stage);
  }

  /** Somebody reports a key: from now on it counts as leaked. */
  report(handle: string): void {
    this.leaked.add(handle);
    if (this.keys().some((key) => key.handle === handle && (key.retired || !key.live)))
      this.#endedLeaks.add(handle);
  }

  /**
   * Checks what must hold at every moment.
   * @param flipped whether AWSCURRENT may have moved by itself: then the key that lost its label had to be ended before
   */
  async look(where: string, flipped = false): Promise<void> {
    await this.#read();
    const held = this.#heldNow();
    for (const handle of this.#held) if (!flipped && !held.has(handle)) this.#unlabelled.add(handle);
    this.#held = held;
    const { sandbox, provider, planted } = this.#world;
    const every = sandbox.keys();
    const keys = every.filter((key) => key.provider === provider.id && !planted.has(key.handle));
    const live = keys.filter((key) => key.live);
    this.most = Math.max(this.most, live.length);
    const standing = keys.filter(({ retired }) => !retired);
    const late = keys.filter(
      ({ handle, retired, live: lives }) =>
        (lives || !retired) && this.#late.has(handle) && !this.#held.has(handle),
    );
    const bound = 2 + (provider.facts.bound ? this.#excused(live) : late.length);
    if (standing.length > bound)
      this.#fail(`invariant 1a: ${standing.length} keys that are not retired`, where);
    if (live.length > bound && this.leaked.size === 0)
      this.#fail(`invariant 1b: ${live.length} living keys`, where);
    const current = this.#at("AWSCURRENT");
    const isKilled = this.killsFirst && current !== undefined && this.leaked.has(current);
    if (!isKilled && !live.some(({ handle }) => handle === current))
      this.#fail("invariant 2: the key of AWSCURRENT is dead", where);
    for (const key of every) {
      // An installation token ends by itself, whoever's it is.
      if (planted.has(key.handle) && key.retired && provider.facts.lifetimeSeconds === undefined)
        this.#fail("a planted key was ended", where);
    }
  }

  /** Keys that the next rotation must end: they leaked, or no version in use holds them and somebody can find them. */
  async doomed(): Promise<readonly string[]> {
    const live = this.keys().filter((key) => key.live);
    const held = [await this.handleAt("AWSCURRENT"), await this.handleAt("AWSPREVIOUS")];
    const strays = live.filter(({ handle }) => !held.includes(handle));
    const lost = this.#world.provider.facts.bound ? this.#excused(live) : 0;
    const orphans = strays.length > lost ? strays : [];
    return [...orphans, ...live.filter(({ handle }) => this.leaked.has(handle))].map(({ handle }) => handle);
  }

  /** Checks what must hold once a rotation has succeeded at its first try. If it is the new key that leaked, another rotation must follow. */
  async succeeded(): Promise<void> {
    const current = await this.handleAt("AWSCURRENT");
    const kept = this.keys().filter(
      ({ handle, retired }) => !retired && handle !== current && this.#seen.includes(handle),
    );
    if (kept.length > 0)
      this.#fail("a key that was reported before the last look was left alive", "after the rotation");
  }

  /**
   * Checks what must hold once everything has run, and resolves to all that was ever broken.
   * @param isFollowed whether a rotation follows, which is to end the orphans
   */
  async end(isFollowed = false): Promise<readonly string[]> {
    await this.look("at the end");
    const doomed = await this.doomed();
    if (doomed.some((handle) => this.leaked.has(handle))) this.#fail("a leaked key lives", "at the end");
    if (!isFollowed && doomed.some((handle) => !this.leaked.has(handle)))
      this.#fail("invariant 4: an orphan lives", "at the end");
    const pending = this.#world.holder("AWSPENDING");
    if (pending !== undefined && pending !== this.#world.holder("AWSCURRENT"))
      this.#fail("AWSPENDING is stuck", "at the end");
    return [...this.#broken];
  }

  /**
   * Where the vendor has no list, what is alive beyond two. Nobody can find a key that no version ever held and nobody is about to
   * store, or whose version lost its labels to another current value, or whose rotation was ended before it was stored. And of the keys
   * that several runs of one rotation make at the same moment all but one are ended only later.
   */
  #excused(live: readonly VendorKey[]): number {
    const stored = new Set(this.#handles.values());
    const { wire } = this.#world;
    const current = this.#at("AWSCURRENT");
    let [lost, making] = [0, 0];
    for (const { handle } of live) {
      const { runner, token } = this.#made.get(handle) ?? {};
      if (token !== undefined && !stored.has(handle) && !this.#isOpen(token)) this.#overtaken.add(handle);
      if (handle === current) continue;
      const isLost = this.#unlabelled.has(handle) && !this.#held.has(handle);
      if (isLost || this.#overtaken.has(handle)) lost++;
      else if (!stored.has(handle)) runner && wire.isActive(runner) ? making++ : lost++;
    }
    const isStaged = live.some(({ handle }) => handle === this.#pending());
    return lost + Math.max(0, making + (isStaged ? 1 : 0) - 1);
  }

  /** A request was done, or failed: what must always hold is checked. */
  async passed({ runner, service, operation, changes }: Interaction): Promise<void> {
    const where = `after ${runner.name} ${runner.step}: ${operation}`;
    this.#requests++;
    this.#readLabels();
    if (runner.step === "finishSecret" && operation === "DescribeSecret") this.#seen = [...this.leaked];
    if (operation === "PutSecretValue") this.#lastPut = { runner, at: this.#requests };
    else if (service === "secretsmanager") this.#lastLook.set(runner, this.#requests);
    else if (changes && this.#sent(runner) && runner.step === "createSecret") {
      const { runner: other, at } = this.#lastPut;
      if (other !== runner && at < (this.#lastLook.get(runner) ?? 0) && this.isStaged())
        this.#fail("a key was made though one was staged", where);
    }
    await this.look(where, operation === "UpdateSecretVersionStage");
    if (runner.step === "finishSecret" && operation === "UpdateSecretVersionStage")
      await this.#checkFlip(where);
    if (this.leaked.size > 0 && changes) this.#checkMarks(runner.step === "contain", where);
    this.#current = this.#stages.get("AWSCURRENT");
  }

  /** The end of the key that gives way stands before AWSCURRENT moves: nobody may be called again afterwards. */
  async #checkFlip(where: string): Promise<void> {
    const { arn, schedules } = this.#world;
    const old = this.#current;
    const hasMoved = this.#stages.get("AWSCURRENT") !== old && this.#stages.get("AWSPREVIOUS") === old;
    if (!old || !hasMoved) return;
    if ((await schedules(endName(secretIdOf(secretRef(arn)), old))).length === 0)
      this.#fail("AWSCURRENT moved, and nothing ends the key that gave way", where);
  }

  /**
   * Nothing is done about a leak that no label tells of: whoever comes next would not know of it. The end of a webhook endpoint begins when
   * it is disabled.
   */
  #checkMarks(isContainment: boolean, where: string): void {
    const isMarked = [...this.#stages.keys()].some((label) => label.startsWith("keyturn:leaked:"));
    for (const { handle, retired, live } of this.keys()) {
      if ((live && !retired) || !this.leaked.has(handle) || this.#endedLeaks.has(handle)) continue;
      if (isContainment && !isMarked) this.#fail("a leaked key was ended before it was marked", where);
      this.#endedLeaks.add(handle);
    }
  }

  /** Whether a request to the vendor has made a key. */
  #sent(runner: Runner): boolean {
    const before = this.#known.size;
    const { ClientRequestToken: token } = Object(runner.event);
    for (const { handle } of this.keys()) {
      if (this.#known.has(handle)) continue;
      this.#made.set(handle, { runner, token });
      if (!this.#isOpen(token)) this.#late.add(handle);
      this.#known.add(handle);
    }
    return this.#known.size > before;
  }

  /** Whether it is this rotation's turn. */
  #isOpen(token: string): boolean {
    return token === this.#stages.get("AWSPENDING") && token !== this.#stages.get("AWSCURRENT");
  }

  /** Whether a living key waits in AWSPENDING. */
  isStaged(): boolean {
    this.#readLabels();
    return this.live().some((handle) => handle === this.#pending());
  }

  #pending(): string | undefined {
    const isOver = this.#stages.get("AWSPENDING") === this.#stages.get("AWSCURRENT");
    return isOver ? undefined : this.#at("AWSPENDING");
  }

  #at(stage: string): string | undefined {
    return this.#handles.get(this.#stages.get(stage) ?? "");
  }

  #heldNow(): ReadonlySet<string> {
    const stages = ["AWSCURRENT", "AWSPENDING", "AWSPREVIOUS"];
    return new Set(stages.flatMap((stage) => this.#at(stage) ?? []));
  }

  /** Something that must not be was seen. */
  #fail(what: string, where: string): void {
    this.#broken.add(`${what}, ${where}`);
  }

  /** Reads the handle of each version that a label has come to. */
  async #read(): Promise<void> {
    const { aws, secretId } = this.#world;
    const unread = () =>
      this.#readLabels().find(
        ({ id, empty, stages }) => !empty && stages.length > 0 && !this.#handles.has(id),
      );
    for (let version = unread(); version; version = unread()) {
      const { SecretString = "{}" } = await aws.getSecretValue({ SecretId: secretId, VersionId: version.id });
      this.#handles.set(version.id, String(JSON.parse(SecretString).keyturn?.handle));
    }
  }

  #readLabels() {
    const versions = this.#world.versions();
    this.#stages = new Map(versions.flatMap(({ id, stages }) => stages.map((stage) => [stage, id] as const)));
    return versions;
  }
}
