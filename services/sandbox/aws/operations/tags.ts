import * as z from "zod/mini";
import { invalidParameter } from "../errors.js";
import { operation } from "../operation.js";
import { checkName, secretId, tagKey, tags } from "../validate.js";

type Tags = ReadonlyMap<string, string>;
interface Tag {
  readonly Key: string;
  readonly Value?: string | undefined;
}

const maxTags = 50;

/** AWS keeps these to itself, in any case. */
const isReserved = (text: string) => /^aws:/i.test(text);

const reserved = () =>
  invalidParameter("Tag keys and values that begin with aws: are reserved for AWS, in upper and lower case.");

/** The tags and these; of two with the same key the later one counts. @throws AwsError InvalidParameterException */
export function withTags(before: Tags | undefined, added: readonly Tag[]): Tags {
  if (added.some(({ Key, Value = "" }) => isReserved(Key) || isReserved(Value))) throw reserved();
  const after = new Map([...(before ?? []), ...added.map(({ Key, Value = "" }) => [Key, Value] as const)]);
  if (after.size > maxTags) throw invalidParameter(`A secret can have at most ${maxTags} tags.`);
  return after;
}

/** Adds tags, or gives those that exist another value. */
export const tagResource = operation(
  z.strictObject({ SecretId: secretId, Tags: tags }),
  ({ SecretId, Tags }, { region, now, store }) => {
    checkName(SecretId);
    const secret = store.getUsable(region, SecretId);
    secret.tags = withTags(secret.tags, Tags);
    secret.changedAt = now;
    return {};
  },
);

/** Removes tags by key; a key that is not there is no error, and changes nothing. */
export const untagResource = operation(
  z.strictObject({ SecretId: secretId, TagKeys: z.array(tagKey) }),
  ({ SecretId, TagKeys }, { region, now, store }) => {
    checkName(SecretId);
    const secret = store.getUsable(region, SecretId);
    if (TagKeys.some(isReserved)) throw reserved();
    const gone = new Set(TagKeys);
    const before = [...(secret.tags ?? [])];
    const left = before.filter(([key]) => !gone.has(key));
    if (left.length === before.length) return {};
    secret.tags = new Map(left);
    secret.changedAt = now;
    return {};
  },
);
