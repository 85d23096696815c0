import * as z from "zod/mini";

/** Messages of a queue, as an event source mapping hands them over. */
const batchSchema = z.object({
  Records: z.array(z.object({ messageId: z.string(), eventSource: z.literal("aws:sqs"), body: z.string() })),
});
type Letter = z.infer<typeof batchSchema>["Records"][number];

/** Which messages SQS is to hand over again. */
export interface Again {
  readonly batchItemFailures: readonly { readonly itemIdentifier: string }[];
}

/** Undefined for what is no batch of messages. */
export function lettersIn(event: unknown): readonly Letter[] | undefined {
  return batchSchema.safeParse(event).data?.Records;
}

/** Does what each message calls for, one after the other. What fails comes again. */
export async function eachLetter(
  letters: readonly Letter[],
  act: (event: unknown) => Promise<void>,
): Promise<Again> {
  const batchItemFailures: { itemIdentifier: string }[] = [];
  for (const { messageId, body } of letters) {
    try {
      await act(parsed(body));
    } catch {
      batchItemFailures.push({ itemIdentifier: messageId });
    }
  }
  return { batchItemFailures };
}

/** Text that is no JSON is no report: whoever takes it says so. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
