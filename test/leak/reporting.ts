import { EventBridge } from "@aws-sdk/client-eventbridge";
import { expect } from "vitest";
import { builtin } from "../../providers/index.js";
import { type Declaration, parseDeclarations } from "../../services/config/declare.js";
import { fingerprintOf } from "../../services/leak/fingerprint.js";
import { heldKey, writeRing } from "../../services/leak/write-ring.js";
import { installLeakIntake, intake } from "../../services/sandbox/leak-intake.js";
import { awsOf } from "../../services/sandbox/place.js";
import { secretsManagerStore } from "../../services/store/secrets-manager.js";
import { parseValue } from "../../services/store/value.js";
import type { Told } from "../recovery/around.js";
import { holderOf } from "../recovery/jobs.js";
import { turns } from "../rotation/refusal.js";
import { handleOf } from "../rotation/steady.js";
import { type Leaky, type Stand, startLeaky } from "./containing.js";

const kind = "stripe";
const environment = "test";
/** What every report says of where it comes from. */
export const source = "code scan";

type Line = Readonly<Record<string, unknown>>;

/** A secret in a whole environment, whose leaks are reported on the bus for them. */
export class Reporting {
  readonly leaky: Leaky;
  readonly #events: EventBridge;
  readonly #log: string[] = [];
  #since = new Date(0);
  #from = { lines: 0, own: 0, requests: 0 };

  private constructor(leaky: Leaky) {
    this.leaky = leaky;
    this.#events = new EventBridge(awsOf(leaky.bench.sandbox));
  }

  static async start(): Promise<Reporting> {
    return new Reporting(await startLeaky(kind));
  }

  async close(): Promise<void> {
    this.#events.destroy();
    await this.leaky.close();
  }

  get secret() {
    return this.leaky.bench[kind];
  }

  /** When the test, or what `both` showed, began. */
  get since(): Date {
    return this.#since;
  }

  /** Forgets what was told, logged and asked. */
  async begin(): Promise<void> {
    const { bench, around } = this.leaky;
    // What an earlier test was told is older than this one.
    await bench.sandbox.timeline.advance(1_000);
    this.#since = around.now();
    this.#from = { lines: bench.log.length, own: this.#log.length, requests: bench.sandbox.journal.last };
  }

  /** Both keys live, and nothing is marked. */
  async both(): Promise<Stand> {
    const { bench, around } = this.leaky;
    if (this.leaky.live().length < 2) {
      // An ended key counts at Stripe for five minutes.
      await around.pass(6);
      await turns(bench, this.secret);
    }
    this.#since = around.now();
    return {
      current: (await holderOf(bench, kind, "AWSCURRENT")) ?? "",
      previous: (await holderOf(bench, kind, "AWSPREVIOUS")) ?? "",
      currentHandle: await handleOf(bench, kind, "AWSCURRENT"),
      previousHandle: await handleOf(bench, kind, "AWSPREVIOUS"),
    };
  }

  /** Reports a leak, and lets what follows from it happen. */
  async put(detail: object, more: object = {}): Promise<void> {
    const entry = {
      ...{ EventBusName: `keyturn-${environment}-leaks`, Source: "scanner", DetailType: "Leak Report" },
      Detail: JSON.stringify({ v: 1, source, ...detail }),
      ...more,
    };
    const { FailedEntryCount } = await this.#events.putEvents({ Entries: [entry] });
    expect(FailedEntryCount).toBe(0);
    await this.leaky.bench.sandbox.timeline.idle();
  }

  told(...names: string[]): Promise<readonly Told[]> {
    return this.leaky.around.told(this.#since, ...names);
  }

  /** The receipt of what was contained. */
  async receipt() {
    return Object((await this.told("Leak Contained"))[0]).receipt;
  }

  /** Lines of one event that functions have logged. */
  said(event: string): readonly Line[] {
    const { lines, own } = this.#from;
    const all = [...this.leaky.bench.log.slice(lines), ...this.#log.slice(own)];
    return all.map((line): Line => JSON.parse(line)).filter((line) => line["event"] === event);
  }

  refusals(): readonly string[] {
    return this.said("leak_report_refused").map(({ code, message }) => `${code} ${message}`);
  }

  /** What the intake has asked AWS for. */
  asked(): readonly string[] {
    return this.leaky.bench.sandbox.journal
      .since(this.#from.requests)
      .flatMap((one) =>
        one.kind === "request" && one.credential === intake.accessKeyId ? [one.operation] : [],
      );
  }

  /** AWS throttles the intake's next look at the secret, the SDK's second try too. */
  throttle(): void {
    const fault = { kind: "throttle" } as const;
    this.leaky.bench.sandbox.faults.add({
      ...{ service: "secretsmanager", operation: "DescribeSecret", times: 2, fault },
    });
  }

  /** Deploys the intake with the secrets declared otherwise. */
  async declare(changes: Partial<Declaration>): Promise<void> {
    const { bench } = this.leaky;
    const declarations = parseDeclarations(bench.options(this.secret).declarations);
    const secrets = Object.entries(declarations.secrets).map(([name, its]) => [name, { ...its, ...changes }]);
    await installLeakIntake(bench.sandbox, {
      ...{ environment, providers: [], requestTimeoutMs: 3_000 },
      declarations: { ...declarations, secrets: Object.fromEntries(secrets) },
      log: (line) => this.#log.push(line),
    });
  }

  async madeAt(versionId: string): Promise<Date> {
    const { Versions = [] } = await this.leaky.bench.aws.listSecretVersionIds({ SecretId: this.secret.name });
    return Versions.find((one) => one.VersionId === versionId)?.CreatedDate ?? new Date(0);
  }

  /** Has the tags say which key a version holds, as the job does that ends a key; gives its fingerprint. */
  async tagged(versionId: string): Promise<string> {
    const store = secretsManagerStore(awsOf(this.leaky.bench.sandbox), 3_000);
    const { name } = this.secret;
    const [provider] = builtin.filter(({ id }) => id === this.secret.provider);
    const raw = await store.read(name, versionId);
    if (!provider || !raw) throw new Error("no key");
    const fields = Object.fromEntries(provider.fields.map((field) => [field, field]));
    const value = parseValue(raw, { secret: name, versionId, provider: provider.id, fields });
    await writeRing(store, name, provider.id, [heldKey(provider, versionId, value)]);
    return (value.kind === "key" && fingerprintOf(provider, value.key.fields)) || "";
  }
}
