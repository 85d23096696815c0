import * as z from "zod/mini";
import { AwsError, invalidParameter } from "../errors.js";
import { filters } from "../filters.js";
import { type Context, operation } from "../operation.js";
import { type Position, pageOf } from "../paging.js";
import { checkName, maxResults, nextToken, secretId } from "../validate.js";
import { listed } from "./listing.js";
import { currentValue } from "./values.js";

/**
 * The current values of up to twenty secrets, of one page where filters choose them. What cannot be read is told in
 * `Errors`, secret by secret.
 * @see https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_BatchGetSecretValue.html
 */
export const batchGetSecretValue = operation(
  z.strictObject({
    SecretIdList: z.optional(z.array(secretId).check(z.minLength(1), z.maxLength(20))),
    Filters: z.optional(filters),
    MaxResults: z.optional(maxResults(20)),
    NextToken: z.optional(nextToken),
  }),
  ({ SecretIdList, Filters, MaxResults, NextToken }, context) => {
    if ((SecretIdList === undefined) === (Filters === undefined)) {
      throw invalidParameter("Either 'SecretIdList' or 'Filters' must be provided, but not both.");
    }
    if (SecretIdList) {
      if (MaxResults !== undefined || NextToken !== undefined) {
        throw invalidParameter("'Filters' must be provided to use 'MaxResults' or 'NextToken'.");
      }
      return values(SecretIdList, context);
    }
    const page = pageOf({
      question: ["BatchGetSecretValue", context.region, Filters],
      items: listed(Filters ?? [], context).filter(({ deletionDate }) => !deletionDate),
      positionOf: ({ createdAt, serial }): Position => [createdAt.getTime(), serial],
      size: MaxResults ?? 20,
      nextToken: NextToken,
      emptyPages: context.switches.now.emptyListPages === "between",
    });
    const ids = page.items.map(({ arn }) => arn);
    return { ...values(ids, context), ...page.rest };
  },
);

function values(secretIds: readonly string[], context: Context) {
  const read: ReturnType<typeof currentValue>[] = [];
  const errors: { SecretId: string; ErrorCode: string; Message: string }[] = [];
  for (const SecretId of secretIds) {
    try {
      checkName(SecretId);
      read.push(currentValue(context.store.getReadable(context.region, SecretId), context));
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      errors.push({ SecretId, ErrorCode: error.code, Message: error.message });
    }
  }
  return { SecretValues: read, Errors: errors };
}
