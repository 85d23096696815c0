import * as z from "zod/mini";
import { filters, passing } from "../filters.js";
import { stagesOf } from "../labels.js";
import { type Context, epochSeconds, operation } from "../operation.js";
import { type Position, pageOf } from "../paging.js";
import type { SecretRecord, Version } from "../secret-record.js";
import { checkName, flag, maxResults, nextToken, secretId } from "../validate.js";
import { keyNameOf } from "../versions.js";
import { description, primaryRegionOf } from "./secrets.js";

const sortKeys = {
  "created-date": ({ createdAt }: SecretRecord) => createdAt.getTime(),
  "last-accessed-date": ({ lastAccessedOn }: SecretRecord) => lastAccessedOn?.getTime() ?? 0,
  "last-changed-date": ({ changedAt }: SecretRecord) => changedAt.getTime(),
  name: ({ name }: SecretRecord) => name,
};

/**
 * Oldest first, unless asked otherwise. Secrets that are scheduled for deletion are hidden unless asked for.
 * @see https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_ListSecrets.html
 */
export const listSecrets = operation(
  z.strictObject({
    MaxResults: z.optional(maxResults(100)),
    NextToken: z.optional(nextToken),
    Filters: z.optional(filters),
    IncludePlannedDeletion: flag,
    SortBy: z.optional(z.enum(["created-date", "last-accessed-date", "last-changed-date", "name"])),
    SortOrder: z.optional(z.enum(["asc", "desc"])),
  }),
  (input, context) => {
    const {
      MaxResults: size = 100,
      Filters = [],
      IncludePlannedDeletion = false,
      SortBy = "created-date",
    } = input;
    const page = pageOf({
      question: ["ListSecrets", context.region, Filters, IncludePlannedDeletion, SortBy, input.SortOrder],
      items: listed(Filters, context).filter((secret) => IncludePlannedDeletion || !secret.deletionDate),
      positionOf: (secret): Position => [sortKeys[SortBy](secret), secret.serial],
      descending: input.SortOrder === "desc",
      size,
      nextToken: input.NextToken,
      emptyPages: context.switches.now.emptyListPages === "between",
    });
    return {
      SecretList: page.items.map((secret) => description(secret, "SecretVersionsToStages")),
      ...page.rest,
    };
  },
);

/** The region's secrets that pass the filters, as they are or, by a switch, as they were a while ago. */
export function listed(
  wanted: z.infer<typeof filters>,
  { region, now, store, switches }: Context,
): SecretRecord[] {
  const staleMs = switches.now.listStaleSeconds * 1000;
  const seen = staleMs > 0 ? store.asOf(new Date(now.getTime() - staleMs)) : store;
  const passes = passing(wanted);
  return seen.list(region).filter((secret) => passes({ secret, primaryRegion: primaryRegionOf(secret) }));
}

/** In the order they were made. Versions without a label only with IncludeDeprecated. */
export const listSecretVersionIds = operation(
  z.strictObject({
    SecretId: secretId,
    MaxResults: z.optional(maxResults(100)),
    NextToken: z.optional(nextToken),
    IncludeDeprecated: flag,
  }),
  (input, { region, store, switches }) => {
    checkName(input.SecretId);
    const { IncludeDeprecated: deprecatedToo = false } = input;
    const secret = store.get(region, input.SecretId);
    const isShown = ({ id, value }: Version) => {
      if (!value && switches.now.emptyVersions === "hidden") return false;
      return stagesOf(secret.labels, id).length > 0 || (deprecatedToo && value !== undefined);
    };
    const page = pageOf({
      question: ["ListSecretVersionIds", secret.arn, deprecatedToo],
      items: placed([...secret.versions.values()]).filter(({ version }) => isShown(version)),
      positionOf: ({ position }) => position,
      size: input.MaxResults ?? 100,
      nextToken: input.NextToken,
      emptyPages: switches.now.emptyListPages === "between",
    });
    return {
      ARN: secret.arn,
      Name: secret.name,
      Versions: page.items.map(({ version }) => versionEntry(secret, version)),
      ...page.rest,
    };
  },
);

/** Versions with their places: by time, and among those of one moment in the order they were made. */
function placed(versions: readonly Version[]) {
  let position: Position = [0, 0];
  return versions.map((version) => {
    const at = version.createdAt.getTime();
    position = [at, at === position[0] ? position[1] + 1 : 0];
    return { version, position };
  });
}

function versionEntry(secret: SecretRecord, version: Version) {
  const stages = stagesOf(secret.labels, version.id);
  const accessedOn = secret.primary ? undefined : version.lastAccessedOn;
  return {
    VersionId: version.id,
    ...(stages.length > 0 && { VersionStages: stages }),
    ...(accessedOn && { LastAccessedDate: epochSeconds(accessedOn) }),
    CreatedDate: epochSeconds(version.createdAt),
    KmsKeyIds: [keyNameOf(secret, version)],
  };
}
