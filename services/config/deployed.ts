import { readFile } from "node:fs/promises";
import { declarationInvalid } from "./declare.js";

/**
 * What a function was deployed with, not yet checked: `keyturn.json` beside its code.
 * @throws KeyturnError `declaration_invalid`
 */
export async function deployedDeclarations(): Promise<unknown> {
  const directory = process.env["LAMBDA_TASK_ROOT"] ?? process.cwd();
  try {
    return JSON.parse(await readFile(`${directory}/keyturn.json`, "utf8"));
  } catch {
    throw declarationInvalid(
      "no readable keyturn.json beside the function's code",
      "Deploy the function with its declarations.",
    );
  }
}
