import * as z from "zod/mini";
import type { Agenda } from "../agenda.js";
import type { Lambda } from "../lambda.js";
import type { Kept, Queue } from "./queue.js";
import { md5Of, systemAttributesOf } from "./wire.js";

export interface MappingParts {
  readonly queue: Queue;
  readonly functionArn: string;
  readonly lambda: Lambda;
  readonly agenda: Agenda;
  readonly now: () => Date;
}

const batchSize = 10;
const report = z.object({ batchItemFailures: z.array(z.object({ itemIdentifier: z.string() })) });

/**
 * Has a function take what lands in a queue. Messages of one moment come in one batch, ten at most. What the function took is
 * deleted; when it threw, all of them, else those that it names in `batchItemFailures`, come again after the visibility timeout.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
 */
export class Mapping {
  readonly #parts: MappingParts;
  #wake: { readonly at: number; readonly cancel: () => void } | undefined;

  constructor(parts: MappingParts) {
    this.#parts = parts;
    this.sync();
  }

  /** The queue changed: plans the next look into it. */
  sync(): void {
    const { queue, agenda, now } = this.#parts;
    const next = queue.nextAt()?.getTime();
    const at = next === undefined ? undefined : Math.max(next, now().getTime());
    if (at === this.#wake?.at) return;
    this.#wake?.cancel();
    this.#wake =
      at === undefined
        ? undefined
        : {
            at,
            cancel: agenda.at(new Date(at), () => {
              this.#wake = undefined;
              this.#look();
            }),
          };
  }

  #look(): void {
    const { queue } = this.#parts;
    for (let batch = queue.receive(batchSize); batch.length > 0; batch = queue.receive(batchSize)) {
      this.#take(batch);
    }
    this.sync();
  }

  #take(batch: readonly Kept[]): void {
    const { queue, functionArn, lambda } = this.#parts;
    const region = queue.arn.split(":")[3];
    const Records = batch.map((message) => ({
      messageId: message.id,
      receiptHandle: message.receipt,
      body: message.body,
      attributes: systemAttributesOf(message),
      messageAttributes: Object.fromEntries(
        Object.entries(message.attributes ?? {}).map(([name, stringValue]) => [
          name,
          { stringValue, stringListValues: [], binaryListValues: [], dataType: "String" },
        ]),
      ),
      md5OfBody: md5Of(message.body),
      eventSource: "aws:sqs",
      eventSourceARN: queue.arn,
      awsRegion: region,
    }));
    lambda.invoke(functionArn, { Records }, (failure, result) => {
      const kept = failure ? batch.map(({ id }) => id) : failuresIn(result, batch);
      for (const { id, receipt } of batch) if (!kept.includes(id)) queue.delete(receipt);
      this.sync();
    });
  }
}

/** Which messages the function could not take. An id that was not in the batch fails it whole, as at AWS. */
function failuresIn(result: unknown, batch: readonly Kept[]): readonly string[] {
  const parsed = report.safeParse(result);
  if (!parsed.success) return [];
  const failed = parsed.data.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
  const ids = batch.map(({ id }) => id);
  return failed.every((id) => ids.includes(id)) ? failed : ids;
}
