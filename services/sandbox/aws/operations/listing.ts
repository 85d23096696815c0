import * as z from "zod/mini";
import { AwsError, invalidParameter } from "../errors.js";
import { stagesOf } from "../labels.js";
import { epochSeconds, operation } from "../operation.js";
import type { SecretRecord } from "../secret-record.js";
import { checkName, maxResults, nextToken, secretId } from "../validate.js";
import { description } from "./secrets.js";

const filterKeys = ["description", "name", "tag-key", "tag-value", "all"] as const;
type FilterKey = (typeof filterKeys)[number];

const filter = z.strictObject({
  Key: z.string(),
  Values: z.array(z.string().check(z.maxLength(512))).check(z.minLength(1), z.maxLength(10)),
});

/**
 * In order of name. Secrets that are scheduled for deletion are hidden unless asked for.
 * @see https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_ListSecrets.html
 */
export const listSecrets = operation(
  z.strictObject({
    MaxResults: z.optional(maxResults),
    NextToken: z.optional(nextToken),
    Filters: z.optional(z.array(filter).check(z.maxLength(10))),
    IncludePlannedDeletion: z.optional(z.boolean()),
  }),
  (input, { region, store }) => {
    const filters = (input.Filters ?? []).map(({ Key, Values }) => ({ key: filterKey(Key), Values }));
    const secrets = store
      .list(region)
      .filter((secret) => input.IncludePlannedDeletion || !secret.deletionDate)
      .filter((secret) => filters.every(({ key, Values }) => matches(secret, key, Values)));
    const page = pageOf(secrets, input, ({ name }) => name);
    return {
      SecretList: page.items.map((secret) => description(secret, "SecretVersionsToStages")),
      ...page.rest,
    };
  },
);

function filterKey(key: string): FilterKey {
  const known = filterKeys.find((name) => name === key);
  if (known) return known;
  throw invalidParameter(`The sandbox filters secrets by ${filterKeys.join(", ")}; not by ${key}.`);
}

/** Prefixes; a leading `!` negates. Case counts, except in descriptions and `all`. */
function matches(secret: SecretRecord, key: FilterKey, values: readonly string[]): boolean {
  const texts = {
    description: (secret.description ?? "").split(" "),
    name: [secret.name],
    "tag-key": [...secret.tags.keys()],
    "tag-value": [...secret.tags.values()],
  };
  const all = [...texts.description, ...texts.name, ...texts["tag-key"], ...texts["tag-value"]];
  const fold = (text: string) => (key === "description" || key === "all" ? text.toLowerCase() : text);
  const candidates = (key === "all" ? all : texts[key]).map(fold);
  return values.some((value) => {
    const negated = value.startsWith("!");
    const prefix = fold(negated ? value.slice(1) : value);
    return candidates.some((text) => text.startsWith(prefix)) !== negated;
  });
}

/** In the order they were made. Versions without a label only with IncludeDeprecated. */
export const listSecretVersionIds = operation(
  z.strictObject({
    SecretId: secretId,
    MaxResults: z.optional(maxResults),
    NextToken: z.optional(nextToken),
    IncludeDeprecated: z.optional(z.boolean()),
  }),
  (input, { region, store }) => {
    checkName(input.SecretId);
    const secret = store.get(region, input.SecretId);
    const versions = [...secret.versions.values()]
      .map((version) => ({ version, stages: stagesOf(secret.labels, version.id) }))
      .filter(({ version, stages }) => stages.length > 0 || (input.IncludeDeprecated && version.value));
    const page = pageOf(versions, input, ({ version }) => version.id);
    return {
      ARN: secret.arn,
      Name: secret.name,
      Versions: page.items.map(({ version, stages }) => ({
        VersionId: version.id,
        ...(stages.length > 0 && { VersionStages: stages }),
        ...(version.lastAccessedOn && { LastAccessedDate: epochSeconds(version.lastAccessedOn) }),
        CreatedDate: epochSeconds(version.createdAt),
        KmsKeyIds: [secret.kmsKeyId || "DefaultEncryptionKey"],
      })),
      ...page.rest,
    };
  },
);

interface PageInput {
  readonly MaxResults?: number | undefined;
  readonly NextToken?: string | undefined;
}

/** The token names the last item given, so that an item that comes or goes elsewhere moves no page. */
function pageOf<Item>(
  items: readonly Item[],
  { MaxResults = 100, NextToken }: PageInput,
  id: (item: Item) => string,
) {
  let start = 0;
  if (NextToken !== undefined) {
    const last = Buffer.from(NextToken, "base64url").toString();
    start = items.findIndex((item) => id(item) === last) + 1;
    if (start === 0) throw new AwsError("InvalidNextTokenException", "The NextToken value is invalid.");
  }
  const page = items.slice(start, start + MaxResults);
  const last = page.at(-1);
  const more = last !== undefined && start + MaxResults < items.length;
  return { items: page, rest: more ? { NextToken: Buffer.from(id(last)).toString("base64url") } : {} };
}
