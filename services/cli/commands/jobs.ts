import type { Command } from "commander";
import type { AbortResult } from "../../rotation/jobs/abort.js";
import type { JobResult } from "../../rotation/jobs/jobs.js";
import type { Recovered } from "../../rotation/jobs/recover.js";
import type { JobOrder } from "../run-jobs.js";

export interface JobCommandParts {
  /** Loaded when the command runs, so that other commands start without it. */
  readonly run: (order: JobOrder) => Promise<readonly JobResult[]>;
  readonly write: (text: string) => void;
}

const credentials = `
It runs here, with your AWS credentials and Region (AWS_PROFILE, AWS_REGION, AWS_ENDPOINT_URL as for every AWS SDK), so it works
when the function does not. You need what the function's role has: read and write the secret, and read its admin secret.
Exit code: 0 when it is done or there was nothing to do (it says which), 1 when it failed, 2 for a wrong command line.`;

interface JobOptions {
  readonly config: string;
  readonly json: boolean;
}

/** `keyturn abort` and `keyturn recover`. Progress goes to standard error, the result to standard output. */
export function addJobCommands(program: Command, { run, write }: JobCommandParts): void {
  const act =
    (action: JobOrder["action"]) =>
    async (secret: string | undefined, { config, json }: JobOptions): Promise<void> => {
      for (const result of await run({ action, secret, config }))
        write(`${json ? JSON.stringify(result) : textOf(result)}\n`);
    };
  common(program.command("abort"))
    .argument("<secret>", "name of a declared secret")
    .description(
      "End the open rotation of a secret for good. The current key stays; the previous one is ended.",
    )
    .action(act("abort"));
  common(program.command("recover"))
    .argument("[secret]", "name of a declared secret; all of them when it is left out")
    .description("End rotations that are stuck, and start them anew: what the functions do every 5 minutes.")
    .action(act("recover"));
}

function common(command: Command): Command {
  return command
    .option("--config <file>", "where the secrets are declared", "keyturn.config.ts")
    .option("--json", "print the result as JSON, one line for each provider", false)
    .addHelpText("after", credentials);
}

function textOf(result: JobResult): string {
  if (result.action === "abort") return aborted(result);
  if (result.action === "recover") return result.secrets.map(recovered).join("\n");
  return `${result.secret}: ${result.outcome}`;
}

function aborted(result: AbortResult): string {
  const { secret } = result;
  if (result.outcome === "nothing_pending") return `${secret}: no rotation is open. Nothing was changed.`;
  const { rotation, copy, previous, made, mustRotate } = result;
  const list = (handles: readonly string[], what: string) => handles.map((handle) => `  ${handle} ${what}`);
  const early = previous?.overlapUntil
    ? `, though its overlap was open until ${previous.overlapUntil.toISOString()}`
    : "";
  const rotate = `aws secretsmanager rotate-secret --secret-id ${secret}`;
  return [
    `${secret}: rotation ${rotation} is ended for good.`,
    `  the current value stays as it was, in version ${copy}`,
    ...(previous ? [`  ${previous.handle} the previous key: ended${early}`] : []),
    ...list(made.ended, "made by this rotation: ended"),
    ...list(made.dying, "made by this rotation: ended, and not seen refused yet"),
    ...list(made.left, "made by this rotation a moment ago: the next rotation ends it"),
    mustRotate
      ? `The current key is dead or leaked. Rotate at once: ${rotate}`
      : `When it should rotate: ${rotate}`,
  ].join("\n");
}

function recovered(one: Recovered): string {
  switch (one.do) {
    case "recovered":
      return `${one.secret}: the stuck rotation was ended, and rotation ${one.rotation} started.`;
    case "nothing":
      return one.because === "previous key ended"
        ? `${one.secret}: no rotation was stuck; the previous key, whose overlap was over, was ended.`
        : `${one.secret}: nothing to do (${one.because}).`;
    case "wait":
      if (one.because === "tried again")
        return `${one.secret}: AWS was asked to try the open rotation again.`;
      return `${one.secret}: left alone (${one.because}${"until" in one ? `, until ${one.until.toISOString()}` : ""}).`;
    case "give up":
      return `${one.secret}: still stuck after ${one.aborts} aborts; nothing was done. See why its rotations fail.`;
  }
}
