import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { operationsInUse } from "./operations.js";
import { type Description, subsetOf } from "./subset.js";

declare module "vitest" {
  interface ProvidedContext {
    /** GitHub's own description of the operations in use, and where what reads it is installed. */
    github: { readonly description: Description; readonly folder: string };
  }
}

/** Reads GitHub's description once for all files: it is 13 MB. */
export default function setup(project: TestProject): void {
  const folder = process.env["GITHUB_OPENAPI"];
  if (!folder) {
    throw new Error(
      "Expected GITHUB_OPENAPI to name a folder with GitHub's description and what reads it; found nothing. " +
        "They are installed there with one command, which stands in .ci/run.",
    );
  }
  const path = join(folder, "node_modules/@octokit/openapi/generated/api.github.com.json");
  const description = subsetOf(JSON.parse(readFileSync(path, "utf8")), operationsInUse);
  project.provide("github", { description, folder });
}
