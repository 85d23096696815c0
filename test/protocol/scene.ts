import { expect } from "vitest";
import { settingsAtFirst as atGitHub } from "../../providers/github/fake/settings.js";
import { boundFetch } from "../../providers/kit/bound-fetch.js";
import type { Connection } from "../../providers/kit/plug.js";
import { Secret } from "../../providers/kit/secret.js";
import { settingsAtFirst as atStripe } from "../../providers/stripe/fake/settings.js";
import { type StepName, stepNames } from "../../services/rotation/event.js";
import { leakMark } from "../../services/rotation/labels.js";
import { switchDefaults } from "../../services/sandbox/aws/switches.js";
import type { Played, Player } from "../faults/play.js";
import { type Thread, Threads } from "../faults/threads.js";
import type { Truth } from "../faults/truth.js";
import type { Director, Fate, Interaction } from "../faults/wire.js";
import type { World } from "../faults/world.js";

/** Values of Secrets Manager's switches. */
export type Switches = Readonly<Record<string, unknown>>;

interface Trouble {
  readonly fits: (interaction: Interaction) => boolean;
  readonly fate: Fate;
  times: number;
}

interface Happening {
  readonly fits: (interaction: Interaction) => boolean;
  readonly act: (interaction: Interaction) => Promise<unknown>;
}

/**
 * One trace: the secret stands at v1 CURRENT(k1), v0 PREVIOUS(k0), the overlap over. The trace calls the function, holds its invocations
 * and does what others do; after each request the invariants are looked at.
 */
export class Scene implements Director {
  readonly world: World;
  readonly truth: Truth;
  readonly #player: Player;
  readonly #threads: Threads;
  readonly #before: string | undefined;
  #troubles: Trouble[] = [];
  #happening: Happening | undefined;
  #invocations = 0;

  private constructor(
    world: World,
    player: Player,
    readonly switches: Switches,
    before: string | undefined,
  ) {
    this.world = world;
    this.truth = player.truth;
    this.#player = player;
    this.#threads = new Threads(world, player.truth);
    this.#before = before;
  }

  static async begin(world: World, player: Player, switches: Switches): Promise<Scene> {
    await player.steady();
    // What nobody can find any more, a trace before this one has left; it ends by itself.
    while (standing(player.truth).length > 2) {
      await player.rotate();
      await player.steady();
    }
    const pending = world.holder("AWSPENDING");
    const scene = new Scene(world, player, switches, await player.begin());
    world.wire.director = scene;
    // Where a trace has called the function itself, AWS has not seen the rotation end, and has not cleared this.
    if (pending) await scene.unlabel("AWSPENDING", pending);
    for (const [name, value] of Object.entries(switches)) world.sandbox.secretsManager.set(name, value);
    return scene;
  }

  /** The secret still rotates; nothing was broken at any moment; no more than `most` keys lived at once, and so many did. */
  async end(most: number): Promise<void> {
    const { broken, outcome } = await this.settle();
    expect(broken.filter((one) => !isAllowed(one, most))).toEqual([]);
    expect(outcome).not.toBe("never");
    expect(this.truth.most).toBe(most);
    this.dieIn();
    for (const [name, value] of Object.entries(switchDefaults))
      this.world.sandbox.secretsManager.set(name, value);
  }

  /** RotateSecret, and AWS's own calls of the function are lost until it gives up: the trace calls it instead. The token. */
  async open(): Promise<string> {
    const { sandbox, aws, secretId } = this.world;
    sandbox.secretsManager.set("retries", 0);
    this.spoil(byAws, "die", 1);
    const { VersionId = "" } = await aws.rotateSecret({ SecretId: secretId });
    await sandbox.timeline.advance(0);
    sandbox.secretsManager.set("retries", switchDefaults.retries);
    return VersionId;
  }

  /** A rotation by AWS, its retries included. Nobody may be held. */
  rotate(): Promise<void> {
    return this.#player.rotate();
  }

  /** Recovery and further rotations, until another key is current and all is at rest. Nobody may be held. */
  settle(): Promise<Played> {
    return this.#player.settle(this.#before, "rotated");
  }

  /** Recovery, after as long as it waits for a rotation that may still run. */
  async recover(): Promise<void> {
    await this.advance(300);
    const job = { v: 1, action: "recover", secretId: this.world.arn };
    await this.world.invoke("recovery", { keyturn: job }).catch(() => undefined);
    await this.world.sandbox.timeline.idle();
  }

  /** Steps of one rotation, all of them where none is named. */
  steps(token: string, ...names: readonly StepName[]): Thread {
    const steps = names.length > 0 ? names : stepNames;
    return this.#start(steps.map((Step) => ({ Step, SecretId: this.world.arn, ClientRequestToken: token })));
  }

  /** Ends the open rotation. */
  abort(): Thread {
    return this.#start([abortOf(this.world.arn)]);
  }

  /** The same, while an invocation of AWS's is held. */
  abortDuring({ runner }: Interaction): Promise<void> {
    return this.world.invoke("abort", abortOf(this.world.arn), runner);
  }

  /** Ends the overlap of the key that a version holds. */
  endOverlap(versionId: string, handle: string): Thread {
    const { arn: secretId } = this.world;
    return this.#start([{ keyturn: { v: 1, action: "end-overlap", secretId, versionId, handle } }]);
  }

  /** The first so many requests that fit meet this fate. Default: every one. */
  spoil(fits: Trouble["fits"], fate: Fate, times = Number.POSITIVE_INFINITY): void {
    this.#troubles.push({ fits, fate, times });
  }

  /** AWS's own call of the function is held once before the request that fits, until this is done. */
  during(fits: Happening["fits"], act: Happening["act"]): void {
    this.#happening = { fits: (interaction) => byAws(interaction) && fits(interaction), act };
  }

  /** An edit in the console: the current key under a new version. */
  async write(): Promise<void> {
    const { aws, secretId, sandbox } = this.world;
    const { SecretString = "" } = await aws.getSecretValue({ SecretId: secretId });
    const edited = { ...JSON.parse(SecretString), edited: sandbox.journal.last };
    await aws.putSecretValue({ SecretId: secretId, SecretString: JSON.stringify(edited) });
    await this.truth.look("after a plain write");
  }

  /** Marks what a staging label holds as leaked, as the leak command does first of all. The handle. */
  async leak(stage: string): Promise<string> {
    const handle = await this.handle(stage);
    const versionId = this.version(stage);
    this.truth.leaked.add(handle);
    await this.label(leakMark(versionId), versionId);
    return handle;
  }

  async label(name: string, versionId: string): Promise<void> {
    await this.#move(name, { MoveToVersionId: versionId });
  }

  async unlabel(name: string, versionId: string): Promise<void> {
    await this.#move(name, { RemoveFromVersionId: versionId });
  }

  /** Moves AWSCURRENT by hand, by AWS's compare-and-set. */
  async makeCurrent(versionId: string): Promise<void> {
    const RemoveFromVersionId = this.version("AWSCURRENT");
    await this.#move("AWSCURRENT", { RemoveFromVersionId, MoveToVersionId: versionId });
  }

  /** Someone ends a key at its vendor, by the vendor's own way. */
  async kill(stage: string): Promise<void> {
    const { aws, secretId, provider } = this.world;
    const { SecretString = "" } = await aws.getSecretValue({ SecretId: secretId, VersionStage: stage });
    const { keyturn, ...stored } = JSON.parse(SecretString);
    const fields = provider.fields.map((name): [string, Secret] => [name, new Secret(stored[name])]);
    const vendor = await this.#connect(keyturn.config);
    await vendor.retire({ handle: keyturn.handle, fields: Object.fromEntries(fields) });
  }

  /** How long a key still works at its vendor that is ended from now on. Default: as at first. */
  dieIn(seconds?: number): void {
    const { github, stripe } = this.world.sandbox.vendors;
    stripe.set("deathSeconds", seconds ?? atStripe.deathSeconds);
    github.set("deathSeconds", seconds ?? atGitHub.deathSeconds);
    github.set("deployKeyDeathSeconds", seconds ?? atGitHub.deployKeyDeathSeconds);
  }

  advance(seconds: number): Promise<unknown> {
    return this.world.sandbox.timeline.advance(seconds * 1000);
  }

  /** The version that carries a label. */
  version(stage: string): string {
    return this.world.holder(stage) ?? "none";
  }

  /** Every label that is attached. */
  labels(): readonly string[] {
    const { sandbox, secretId } = this.world;
    const secret = sandbox.secretsManager.describe().find(({ name }) => name === secretId);
    return secret?.versions.flatMap(({ stages }) => stages) ?? [];
  }

  /** The handle of the key that a label's version holds. */
  async handle(stage: string): Promise<string> {
    return (await this.truth.handleAt(stage)) ?? "none";
  }

  /** Whether the vendor accepts a key. */
  isLive(handle: string): boolean {
    return this.truth.live().includes(handle);
  }

  /** The keys that nobody has ended: what was ended may be accepted a little longer. */
  standing(): readonly string[] {
    return standing(this.truth);
  }

  isStanding(handle: string): boolean {
    return this.standing().includes(handle);
  }

  /** The token of the rotation that is open: AWSPENDING is on a version that is not current. */
  pending(): string | undefined {
    const holder = this.world.holder("AWSPENDING");
    return holder === this.world.holder("AWSCURRENT") ? undefined : holder;
  }

  async before(interaction: Interaction): Promise<Fate> {
    const happening = this.#happening;
    if (happening?.fits(interaction)) {
      this.#happening = undefined;
      await happening.act(interaction);
    }
    const fate = await this.#threads.before(interaction);
    if (fate !== "pass") return fate;
    const trouble = this.#troubles.find(({ fits, times }) => times > 0 && fits(interaction));
    if (!trouble) return "pass";
    trouble.times--;
    return trouble.fate;
  }

  after(interaction: Interaction): Promise<void> {
    return this.#threads.after(interaction);
  }

  #start(events: readonly unknown[]): Thread {
    this.#invocations++;
    return this.#threads.start(`invocation ${this.#invocations}`, events);
  }

  async #move(
    VersionStage: string,
    move: { RemoveFromVersionId?: string; MoveToVersionId?: string },
  ): Promise<void> {
    const { aws, secretId } = this.world;
    await aws.updateSecretVersionStage({ SecretId: secretId, VersionStage, ...move });
    await this.truth.look(`after a move of ${VersionStage}`);
  }

  async #connect(config: unknown): Promise<Connection> {
    const { aws, sandbox, provider } = this.world;
    const [vendor = ""] = provider.id.split("/");
    const admin = await aws.getSecretValue({ SecretId: `admin/${provider.id.replace("/", "-")}` });
    const endpoint = new Map(Object.entries(sandbox.urls)).get(vendor) ?? "";
    const bounds = { endpoint, signal: new AbortController().signal, timeoutMs: 10_000 };
    return provider.connect({
      ...{ ...bounds, config, admin: JSON.parse(admin.SecretString ?? ""), fetch: boundFetch(bounds) },
      now: () => sandbox.timeline.now(),
    });
  }
}

const standing = (truth: Truth) => truth.keys().flatMap(({ handle, retired }) => (retired ? [] : [handle]));

/** Where the protocol knows a weaker bound than two keys, so many are no violation. */
function isAllowed(broken: string, most: number): boolean {
  const [, keys] = /^invariant 1[ab]: (\d+)/.exec(broken) ?? [];
  return keys !== undefined && Number(keys) <= most;
}

const abortOf = (secretId: string) => ({ keyturn: { v: 1, action: "abort", secretId } });
const byAws = ({ runner }: Interaction) => runner.name === "AWS's";
