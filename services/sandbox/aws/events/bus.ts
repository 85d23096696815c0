import * as z from "zod/mini";
import { createAgenda } from "../agenda.js";
import type { AwsService } from "../aws-service.js";
import { createBoard } from "../board.js";
import { jsonHandler } from "../json-service.js";
import type { LambdaParts } from "../lambda.js";
import { Buses } from "./buses.js";
import { type DeliverParts, deliver } from "./deliver.js";
import { type BusEvent, type Envelope, envelopeOf } from "./envelope.js";
import { type EventOperations, eventOperations, title } from "./operations.js";
import { readEntry } from "./put-events.js";
import type { EventBus } from "./rule.js";

export type { BusEvent } from "./envelope.js";

/** EventBridge. */
export interface Bus extends AwsService {
  /** What a service of AWS's own says on the default bus of a region. */
  emit(region: string, event: BusEvent): void;
}

export interface BusParts extends LambdaParts, DeliverParts {}

const every = z.int().check(z.gte(0), z.lte(1000));

export const eventSwitches = {
  /** PutEvents: every so-manieth entry fails, whatever it holds; 0: none. */
  partialFailures: every,
  /** With this code. */
  partialFailureCode: z.enum(["InternalFailure", "ThrottlingException"]),
  /** Every so-manieth event reaches its targets twice; 0: none. EventBridge delivers at least once. */
  duplicates: every,
};
export const eventSwitchDefaults = {
  partialFailures: 0,
  partialFailureCode: "InternalFailure",
  duplicates: 0,
} as const;

/** What PutEvents takes, rules match at once and targets get at once. Scheduled rules fire on the sandbox's clock. */
export function createBus({ timeline, randomId, lambda, queues, logs }: BusParts): Bus {
  const { now } = timeline;
  const agenda = createAgenda(timeline);
  const board = createBoard(title, eventSwitches, eventSwitchDefaults);
  const buses = new Buses(now);
  const targets = { lambda, queues, logs };
  let [entries, events] = [0, 0];

  const spread = (bus: EventBus, event: Envelope) => {
    events++;
    const { duplicates } = board.now;
    const times = duplicates > 0 && events % duplicates === 0 ? 2 : 1;
    for (const rule of bus.rules.values()) {
      if (rule.state === "DISABLED" || !rule.pattern?.matches(event)) continue;
      for (let time = 0; time < times; time++) deliver(targets, rule, event);
    }
  };

  const put: EventOperations["put"] = (region, entry) => {
    const { event, error } = { event: undefined, error: undefined, ...readEntry(entry) };
    if (!event) return error;
    const { partialFailures, partialFailureCode: ErrorCode } = board.now;
    entries++;
    if (partialFailures > 0 && entries % partialFailures === 0) {
      return { ErrorCode, ErrorMessage: "The sandbox was told to answer this" };
    }
    const EventId = randomId();
    const time = entry.Time === undefined ? now() : new Date(entry.Time * 1000);
    const bus = buses.find(region, entry.EventBusName);
    // As recorded at AWS: an event for a bus that is not there is taken, and lost.
    if (bus) spread(bus, envelopeOf(event, { region, id: EventId, time }));
    return { EventId };
  };

  const plan: EventOperations["plan"] = (rule) => {
    rule.stop();
    const due = rule.state === "ENABLED" ? rule.schedule?.next(now()) : undefined;
    rule.stop = due
      ? agenda.at(due, () => {
          const event = {
            source: "aws.events",
            "detail-type": "Scheduled Event",
            resources: [rule.arn],
            detail: {},
          };
          plan(rule);
          deliver(targets, rule, envelopeOf(event, { region: rule.region, id: randomId(), time: due }));
        })
      : () => undefined;
  };

  const operations = eventOperations({ buses, now, put, plan });
  return {
    name: "events",
    emit: (region, event) => {
      const bus = buses.get(region, "default");
      if (bus.rules.size > 0) spread(bus, envelopeOf(event, { region, id: randomId(), time: now() }));
    },
    handle: jsonHandler({
      ...{ name: "events", title, target: "AWSEvents", version: "1.1", randomId, operations },
    }),
    set: board.set,
    reset: () => {
      agenda.drop();
      buses.clear();
      board.reset();
      [entries, events] = [0, 0];
    },
  };
}
