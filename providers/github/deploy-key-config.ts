import * as z from "zod/mini";
import { id } from "./schemas.js";

/** GitHub.com's own SSH servers: the second for networks that let nothing through but 443. */
export const gitHubsOwnSsh: readonly string[] = ["github.com:22", "ssh.github.com:443"];

const address = /^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?:(\d{1,5})$/i;

/** @see https://docs.github.com/rest/deploy-keys/deploy-keys#create-a-deploy-key */
export const config = z.strictObject(
  {
    installationId: id(),
    repository: z
      .string("expected owner/name")
      // A name of dots alone would lead the path of a request elsewhere.
      .check(
        z.regex(/^[A-Za-z0-9][\w-]{0,99}\/(?!\.{1,2}$)[\w.-]{1,100}$/, "expected a repository as owner/name"),
      ),
    readOnly: z._default(z.boolean("expected true or false"), true),
    verify: z._default(z.enum(["ssh", "api"], "expected ssh or api"), "ssh"),
    ssh: z._default(
      z.string("expected host:port").check(
        z.refine(
          (text) => {
            const port = Number(address.exec(text)?.[1]);
            return port >= 1 && port <= 65_535;
          },
          { error: "expected host:port, as in github.com:22" },
        ),
      ),
      "github.com:22",
    ),
  },
  "expected an object of installationId, repository and, where wanted, readOnly, verify and ssh",
);

export type Config = z.output<typeof config>;
