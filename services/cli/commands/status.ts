import { type Command, InvalidArgumentError } from "commander";
import { parseDuration } from "../../duration.js";
import type { StatusReport } from "../../status/report.js";
import type { StatusOrder } from "../run-status.js";

export interface StatusCommandParts {
  /** Loaded when the command runs, so that other commands start without them. */
  readonly read: (order: StatusOrder) => Promise<StatusReport>;
  readonly show: (report: StatusReport) => Promise<string>;
  readonly write: (text: string) => void;
  /** Told when somebody has to do something: the command's exit code is another then. */
  readonly troubled: () => void;
}

const longest = "30d";

interface StatusOptions {
  readonly config: string;
  readonly json: boolean;
  readonly since: number;
}

/** `keyturn status`. The report goes to standard output. */
export function addStatusCommand(
  program: Command,
  { read, show, write, troubled }: StatusCommandParts,
): void {
  program
    .command("status")
    .argument("[secret]", "name of a declared secret, for its history too; all of them when it is left out")
    .option("--config <file>", "where the secrets are declared", "keyturn.config.ts")
    .option("--json", "print the report as one line of JSON", false)
    .option(
      "--since <duration>",
      "how far back its history goes, 30d at most",
      sinceOf,
      parseDuration(longest),
    )
    .description("Show how the secrets stand, the worst first, and what to type. Changes nothing.")
    .addHelpText(
      "after",
      `
It asks AWS (describe-secret, get-secret-value for handles and ages, get-schedule, filter-log-events) and no vendor, with your AWS
credentials and Region (AWS_PROFILE, AWS_REGION, AWS_ENDPOINT_URL as for every AWS SDK). No key is kept or shown.
Exit code: 0 when all is well, 3 when somebody has to do something, 1 when it failed, 2 for a wrong command line.`,
    )
    .action(async (secret: string | undefined, { config, json, since }: StatusOptions) => {
      const report = await read({ secret, config, sinceSeconds: since });
      write(json ? `${JSON.stringify(report)}\n` : await show(report));
      if (!report.well) troubled();
    });
}

function sinceOf(text: string): number {
  const seconds = parseDuration(text);
  if (seconds !== undefined && seconds > 0 && seconds <= (parseDuration(longest) ?? 0)) return seconds;
  throw new InvalidArgumentError(`Expected a duration of ${longest} at most, such as 12h or 7d.`);
}
