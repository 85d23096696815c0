import { Duration } from "aws-cdk-lib";
import { EventSourceMapping, type Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import { Queue, QueueEncryption } from "aws-cdk-lib/aws-sqs";
import type { Construct } from "constructs";

/**
 * The queue for what a schedule could not deliver to one function's secrets. Kept for 14 days. A message that the
 * function could not deal with comes back after six of its time-outs, as AWS advises, until it has: there is no queue
 * behind this one, its alarm is what a human hears of it. Encrypted with SQS's own key: a message holds a secret's ARN,
 * and no value.
 */
export function deadLetterQueue(scope: Construct, queueName: string, functionTimeout: Duration): Queue {
  return new Queue(scope, "DeadLetters", {
    queueName,
    retentionPeriod: Duration.days(14),
    visibilityTimeout: Duration.seconds(6 * functionTimeout.toSeconds()),
    encryption: QueueEncryption.SQS_MANAGED,
    enforceSSL: true,
  });
}

/** What a function must be allowed on the queue that it takes. */
export const mayTake = ["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"];

/** Has the function take what lies there. It says which messages come back; the others are done. */
export function takeDeadLetters(scope: Construct, queue: Queue, handler: LambdaFunction): void {
  new EventSourceMapping(scope, "TakeDeadLetters", {
    target: handler,
    eventSourceArn: queue.queueArn,
    batchSize: 10,
    reportBatchItemFailures: true,
  });
}
