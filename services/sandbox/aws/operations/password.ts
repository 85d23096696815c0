import { randomInt } from "node:crypto";
import * as z from "zod/mini";
import { invalidParameter } from "../errors.js";
import { operation } from "../operation.js";
import { text } from "../validate.js";

const flag = z.optional(z.boolean());

/** @see https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetRandomPassword.html */
export const getRandomPassword = operation(
  z.strictObject({
    PasswordLength: z.optional(z.int().check(z.gte(1), z.lte(4096))),
    ExcludeCharacters: z.optional(text(0, 4096)),
    ExcludeNumbers: flag,
    ExcludePunctuation: flag,
    ExcludeUppercase: flag,
    ExcludeLowercase: flag,
    IncludeSpace: flag,
    RequireEachIncludedType: flag,
  }),
  (input) => {
    const length = input.PasswordLength ?? 32;
    const types = [
      input.ExcludeLowercase ? "" : "abcdefghijklmnopqrstuvwxyz",
      input.ExcludeUppercase ? "" : "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
      input.ExcludeNumbers ? "" : "0123456789",
      input.ExcludePunctuation ? "" : "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~",
      input.IncludeSpace ? " " : "",
    ].map((type) => [...type].filter((character) => !input.ExcludeCharacters?.includes(character)));
    const alphabet = types.flat();
    const required = (input.RequireEachIncludedType ?? true) ? types.filter((type) => type.length > 0) : [];
    if (alphabet.length === 0) throw invalidParameter("No characters are left to make a password from.");
    if (length < required.length) {
      throw invalidParameter(
        `PasswordLength must be at least ${required.length} to hold each included type.`,
      );
    }
    const characters = required.map(pick);
    while (characters.length < length) characters.push(pick(alphabet));
    return { RandomPassword: shuffled(characters).join("") };
  },
);

const pick = (characters: readonly string[]) => characters[randomInt(characters.length)] ?? "";

function shuffled(characters: readonly string[]): string[] {
  const result: string[] = [];
  for (const character of characters) result.splice(randomInt(result.length + 1), 0, character);
  return result;
}
