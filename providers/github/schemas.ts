import { createPrivateKey } from "node:crypto";
import * as z from "zod/mini";
import { Secret } from "../kit/secret.js";

/** An id of GitHub's. */
export const id = () =>
  z.int("expected a whole number above 0").check(z.positive("expected a whole number above 0"));

/** @see https://docs.github.com/rest/apps/apps#create-an-installation-access-token-for-an-app */
export const config = z
  .strictObject(
    {
      installationId: id(),
      repositories: z.optional(
        z
          .array(
            z
              .string("expected a repository's name")
              .check(z.regex(/^[\w.-]{1,100}$/, "expected a repository's name without its owner")),
            "expected a list of repository names",
          )
          .check(z.minLength(1, "expected 1 to 500 names"), z.maxLength(500, "expected 1 to 500 names")),
      ),
      repositoryIds: z.optional(
        z
          .array(id(), "expected a list of repository ids")
          .check(z.minLength(1, "expected 1 to 500 ids"), z.maxLength(500, "expected 1 to 500 ids")),
      ),
      permissions: z.optional(
        z.record(
          z.string().check(z.regex(/^[a-z][a-z_]{0,63}$/, "expected a permission's name, as in `contents`")),
          z.enum(["read", "write", "admin"], "expected read, write or admin"),
          'expected permissions, as in { "contents": "read" }',
        ),
      ),
    },
    "expected an object of installationId and, where wanted, repositories or repositoryIds, and permissions",
  )
  .check(
    z.refine((value) => !(value.repositories && value.repositoryIds), {
      error: "expected repositories or repositoryIds, not both",
      path: ["repositoryIds"],
    }),
  );

export type Config = z.output<typeof config>;

const appId = z.pipe(
  z.union(
    [z.int().check(z.positive()), z.string().check(z.regex(/^[\w.-]{1,64}$/))],
    "expected the App's id (a number) or its client id",
  ),
  z.transform(String),
);

const shape = "expected an object of appId and privateKey, nothing else";

/** The App and its key: a PEM as GitHub issues it, in PKCS#8 and whole after parsing. */
export const adminWithKey = z.strictObject(
  {
    appId,
    privateKey: z.pipe(
      z.string("expected the App's private key, a PEM"),
      z.transform((text, context) => {
        const pem = pkcs8(text);
        if (pem) return new Secret(pem);
        context.issues.push({
          code: "custom",
          message: "expected an unencrypted RSA private key in PEM (PKCS#1 or PKCS#8)",
          input: undefined,
        });
        return z.NEVER;
      }),
    ),
  },
  shape,
);

/** The App alone. A `privateKey` left in the admin secret is not looked at. */
export const adminWithSigner = z.pipe(
  z.strictObject({ appId, privateKey: z.optional(z.unknown()) }, shape),
  z.transform((admin): { appId: string; privateKey?: Secret } => ({ appId: admin.appId })),
);

export type Admin = { readonly appId: string; readonly privateKey?: Secret };

/** Line breaks may be real ones or the two characters `\n`, as environment variables and JSON editors leave them. */
function pkcs8(text: string): string | undefined {
  try {
    const key = createPrivateKey(text.replaceAll("\\r", "").replaceAll("\\n", "\n").trim());
    if (key.asymmetricKeyType !== "rsa") return undefined;
    return key.export({ type: "pkcs8", format: "pem" }).toString();
  } catch {
    return undefined;
  }
}
