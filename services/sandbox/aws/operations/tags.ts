import * as z from "zod/mini";
import { invalidParameter } from "../errors.js";
import { operation } from "../operation.js";
import { checkName, secretId, tags, text } from "../validate.js";

/** Adds tags, or gives those that exist another value. */
export const tagResource = operation(
  z.strictObject({ SecretId: secretId, Tags: tags }),
  ({ SecretId, Tags }, { region, now, store }) => {
    checkName(SecretId);
    const secret = store.getUsable(region, SecretId);
    const added = Tags.filter(({ Key }) => !secret.tags.has(Key)).length;
    if (secret.tags.size + added > 50) throw invalidParameter("A secret can have at most 50 tags.");
    for (const { Key, Value } of Tags) secret.tags.set(Key, Value ?? "");
    secret.changedAt = now;
    return {};
  },
);

/** Removes tags by key; a key that is not there is no error. */
export const untagResource = operation(
  z.strictObject({ SecretId: secretId, TagKeys: z.array(text(1, 128)) }),
  ({ SecretId, TagKeys }, { region, now, store }) => {
    checkName(SecretId);
    const secret = store.getUsable(region, SecretId);
    for (const key of TagKeys) secret.tags.delete(key);
    secret.changedAt = now;
    return {};
  },
);
