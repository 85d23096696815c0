import { AwsError, invalid, notFound } from "../errors.js";
import { accountId } from "../secret-record.js";
import type { EventBus, Rule } from "./rule.js";

/** The event buses of every region. A region has its default bus from the beginning. */
export class Buses {
  readonly #regions = new Map<string, Map<string, EventBus>>();
  readonly #now: () => Date;

  constructor(now: () => Date) {
    this.#now = now;
  }

  of(region: string): Map<string, EventBus> {
    const known = this.#regions.get(region);
    if (known) return known;
    const buses = new Map<string, EventBus>();
    this.#regions.set(region, buses);
    this.create(region, "default");
    return buses;
  }

  /** By name or ARN; the default one when none is named. */
  find(region: string, nameOrArn = "default"): EventBus | undefined {
    return this.of(region).get(nameOrArn.replace(/^arn:.*:event-bus\//, ""));
  }

  /** @throws AwsError ResourceNotFoundException */
  get(region: string, nameOrArn: string | undefined): EventBus {
    const bus = this.find(region, nameOrArn);
    if (!bus) throw notFound(`Event bus ${nameOrArn ?? "default"} does not exist.`);
    return bus;
  }

  /** @throws AwsError ResourceAlreadyExistsException */
  create(region: string, name: string, description?: string): EventBus {
    const buses = this.of(region);
    if (buses.has(name)) {
      throw new AwsError("ResourceAlreadyExistsException", `Event bus ${name} already exists.`);
    }
    const arn = `arn:aws:events:${region}:${accountId}:event-bus/${name}`;
    const bus = { name, arn, createdAt: this.#now(), description, rules: new Map<string, Rule>() };
    buses.set(name, bus);
    return bus;
  }

  /** A bus that is not there is no error. @throws AwsError ValidationException for the default one, or one that has rules */
  delete(region: string, name: string): void {
    if (name === "default") throw invalid("Cannot delete event bus default.");
    const bus = this.find(region, name);
    if (bus && bus.rules.size > 0) throw invalid("Event bus can't be deleted since it has rules.");
    this.of(region).delete(name);
  }

  clear(): void {
    this.#regions.clear();
  }
}
