import type { SandboxUrls } from "../sandbox/sandbox.js";
import { width, wrapped } from "./page.js";

export const vendorNames = { github: "GitHub", stripe: "Stripe" } as const;

/** What the demo is. Says nothing about what happens in it. */
export function opening(urls: SandboxUrls, every: string): readonly string[] {
  return [
    ...wrapped(
      "Keyturn rotates API keys that live in AWS Secrets Manager, and calls no key dead before its vendor has " +
        "refused it. Here it rotates two secrets on this machine. Secrets Manager, GitHub and Stripe are a sandbox " +
        "that speaks their protocols: no account is used, nothing leaves the machine, and no key works anywhere else. " +
        "The rotation functions are the ones that would be deployed.",
      width,
    ),
    "",
    `  AWS       ${urls.aws}   Secrets Manager: calls the function's four steps`,
    `  GitHub    ${urls.github}   a key is an App installation token`,
    `  Stripe    ${urls.stripe}   a key is a restricted key`,
    `  control   ${urls.control}   time, faults, keys, and a journal of every request`,
    "",
    ...wrapped(
      "Every line below was read from that journal or is an answer of the control port. Keys are shown by handle, never by " +
        'value; "live" counts the keys that the vendor accepts right after that request. "current" is the key that ' +
        'AWSCURRENT holds; "previous" the one before, which works until the next rotation ends it; "retired" are ' +
        `those ended. Both secrets are rotated every ${every}. The sandbox's clock moves only when it is told to, or ` +
        "when a function waits.",
      width,
    ),
  ];
}

export function closing(seconds: number, stopped: "github" | "stripe" | undefined): readonly string[] {
  const other = stopped === "stripe" ? "github" : "stripe";
  const next = [
    [`npm start -- --stop ${other}`, `${vendorNames[other]} goes down in the middle of a rotation`],
    ["npx keyturn sandbox", "the same sandbox for the AWS CLI, curl and your code (docs/sandbox.md)"],
    ["docs/design.md", "why a rotation goes this way, and what was turned down"],
  ];
  return [
    "",
    `That took ${seconds.toFixed(1)} s of real time. Try next`,
    ...next.map(([what = "", why = ""]) => `  ${what.padEnd(28)}${why}`),
  ];
}
