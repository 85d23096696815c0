import * as z from "zod/mini";
import { invalidParameter } from "./errors.js";
import type { SecretRecord } from "./secret-record.js";
import { text } from "./validate.js";

/** Filters of ListSecrets and BatchGetSecretValue. */

const keys = [
  "description",
  "name",
  "tag-key",
  "tag-value",
  "primary-region",
  "owning-service",
  "all",
] as const;
type Key = (typeof keys)[number];

const value = text(0, 512).check(z.regex(/^!?[a-zA-Z0-9 :_@/+=.\-!]*$/));

export const filters = z
  .array(
    z.strictObject({
      Key: z.optional(z.enum(keys)),
      Values: z.optional(z.array(value).check(z.minLength(1), z.maxLength(10))),
    }),
  )
  .check(z.maxLength(10));

/** What a secret is searched by. */
interface Searched {
  readonly secret: SecretRecord;
  readonly primaryRegion: string | undefined;
}

/**
 * Whether a secret passes: every filter, by one of its values at least. A value that begins with `!` stands for all
 * that the rest does not match.
 * @throws AwsError InvalidParameterException for a filter without key or values
 * @see https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_Filter.html
 */
export function passing(given: z.infer<typeof filters>): (searched: Searched) => boolean {
  const tests = given.map(({ Key: key, Values: values }) => {
    if (key === undefined) throw invalidParameter("Invalid filter key");
    if (values === undefined) throw invalidParameter(`Invalid filter values for key: ${key}`);
    return (searched: Searched) => values.some((wanted) => isMet(key, wanted, searched));
  });
  return (searched) => tests.every((test) => test(searched));
}

function isMet(key: Key, wanted: string, searched: Searched): boolean {
  const attributes = attributesOf(key, searched);
  const matches = byWords.has(key) ? hasWords : hasPrefix;
  return wanted.startsWith("!") ? !matches(attributes, wanted.slice(1)) : matches(attributes, wanted);
}

function attributesOf(key: Key, { secret, primaryRegion }: Searched): readonly string[] {
  const { name, description = "", tags = new Map<string, string>() } = secret;
  switch (key) {
    case "name":
      return [name];
    case "description":
      return [description];
    case "tag-key":
      return [...tags.keys()];
    case "tag-value":
      return [...tags.values()];
    case "primary-region":
      return primaryRegion === undefined ? [] : [primaryRegion];
    // No service makes secrets here.
    case "owning-service":
      return [];
    case "all":
      return [name, description, ...tags.keys(), ...tags.values()];
  }
}

/** These are searched word by word, and not for case; the others from their beginning, and for case. */
const byWords: ReadonlySet<Key> = new Set(["description", "all"]);

const hasPrefix = (attributes: readonly string[], wanted: string) =>
  attributes.some((attribute) => attribute.startsWith(wanted));

/** Each wanted word begins some word of the attributes, in any order. What holds no word matches nothing. */
function hasWords(attributes: readonly string[], wanted: string): boolean {
  const words = attributes.flatMap(wordsOf);
  const wantedWords = wordsOf(wanted);
  return wantedWords.length > 0 && wantedWords.every((one) => words.some((word) => word.startsWith(one)));
}

/**
 * Words end where letters, digits and anything else meet, and before the last capital of a row that small letters
 * follow: AWS was recorded taking `COMPANYthings` for `COMPAN` and `Ythings`.
 */
const wordsOf = (text: string) =>
  (text.match(/\p{Lu}+(?!\p{Ll})|\p{Lu}?\p{Ll}+|\p{Lo}+|\p{N}+/gu) ?? []).map((word) => word.toLowerCase());
