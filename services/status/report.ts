import type { Happened, History } from "../history/history.js";
import type { SecretStatus } from "./status.js";

/** What `keyturn status` found: with `--json` it is printed as it is. docs/status.md describes it. */
export interface StatusReport {
  /** The version of this format. */
  readonly v: 1;
  readonly environment: string;
  readonly at: Date;
  /** False when somebody has to do something. */
  readonly well: boolean;
  /** Worst first. */
  readonly secrets: readonly SecretStatus[];
  /** Of the one secret that was asked for; the code of an error where it could not be read. */
  readonly history?: History | { readonly code: string };
  /** The last leak of that secret that was contained. */
  readonly receipt?: Happened;
}
