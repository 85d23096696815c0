import type { Lambda } from "../lambda.js";
import type { LogGroups } from "../logs/log-groups.js";
import type { Queues } from "../queues/queues.js";
import type { Envelope } from "./envelope.js";
import { inputOf } from "./input.js";
import type { Rule, Target } from "./rule.js";

export interface DeliverParts {
  readonly lambda: Lambda;
  readonly queues: Queues;
  readonly logs: LogGroups;
}

/**
 * Hands an event to a rule's targets. What a target does not take goes to its dead-letter queue, and is lost without one.
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html
 */
export function deliver(parts: DeliverParts, rule: Rule, event: Envelope): void {
  for (const target of rule.targets.values()) {
    const input = inputOf(target, event, rule);
    const problem = handOver(parts, target, input);
    if (!problem) continue;
    parts.queues.send(target.DeadLetterConfig?.Arn ?? "", {
      body: JSON.stringify(event),
      attributes: { ...problem, RULE_ARN: rule.arn, TARGET_ARN: target.Arn, RETRY_ATTEMPTS: "0" },
    });
  }
}

/** The kinds of targets that the sandbox has, by the service in their ARN. */
export const targetServices = ["lambda", "sqs", "logs"] as const;

export const serviceOf = (arn: string) => targetServices.find((service) => service === arn.split(":")[2]);

function handOver({ lambda, queues, logs }: DeliverParts, { Arn }: Target, input: string) {
  switch (serviceOf(Arn)) {
    case "lambda": {
      if (!lambda.has(Arn)) return problem("RESOURCE_NOT_FOUND", `Function not found: ${Arn}`);
      const event = jsonIn(input);
      if (event === undefined) return problem("INVALID_JSON", "The input for the target is no JSON.");
      lambda.send(Arn, event);
      return undefined;
    }
    case "sqs":
      return queues.send(Arn, { body: input }) ? undefined : problem("RESOURCE_NOT_FOUND", `No queue ${Arn}`);
    default:
      return logs.write(Arn, input) ? undefined : problem("RESOURCE_NOT_FOUND", `No log group ${Arn}`);
  }
}

const problem = (ERROR_CODE: string, ERROR_MESSAGE: string) => ({ ERROR_CODE, ERROR_MESSAGE });

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
