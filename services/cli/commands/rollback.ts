import type { Command } from "commander";
import type { Pausing, RollbackOrder, RolledBack } from "../run-rollback.js";

export interface RollbackCommandParts {
  /** Loaded when the command runs, so that other commands start without it. */
  readonly roll: (order: RollbackOrder) => Promise<RolledBack>;
  readonly write: (text: string) => void;
}

const help = `
Refused when the previous key is dead, ending, or marked as leaked, or while a rotation is open. There is no way forward again: the next
rotation first ends the key that was rolled back from. Rotations are paused, or the next one would make a key with the same declaration.
It runs here, with your AWS credentials and Region (AWS_PROFILE, AWS_REGION, AWS_ENDPOINT_URL as for every AWS SDK), so it works
when the function does not. You need what the function's role has, and scheduler:* on the environment's schedules.
Exit code: 0 when it is done or was done before (it says which), 1 when it failed, 2 for a wrong command line.`;

/** `keyturn rollback`. Progress goes to standard error, the result to standard output. */
export function addRollbackCommand(program: Command, { roll, write }: RollbackCommandParts): void {
  program
    .command("rollback")
    .argument("<secret>", "name of a declared secret")
    .option("--config <file>", "where the secrets are declared", "keyturn.config.ts")
    .option("--keep-schedule", "do not pause its rotations", false)
    .option("--json", "print the result as one line of JSON", false)
    .description("Make the previous key of a secret current again, while it lives.")
    .addHelpText("after", help)
    .action(async (secret: string, options: Omit<RollbackOrder, "secret"> & { readonly json: boolean }) => {
      const { json, ...order } = options;
      const rolled = await roll({ secret, ...order });
      write(`${json ? JSON.stringify(jsonOf(rolled)) : textOf(rolled)}\n`);
      if (rolled.schedule?.outcome === "failed") throw rolled.schedule.error;
    });
}

function jsonOf({ result, schedule }: RolledBack): object {
  if (!schedule) return result;
  const told = schedule.outcome === "failed" ? { outcome: "failed", code: schedule.error.code } : schedule;
  return { ...result, schedule: told };
}

function textOf({ result, schedule }: RolledBack): string {
  const { secret } = result;
  if (result.outcome === "already") {
    return [
      `${secret}: it was rolled back before. Nothing was changed.`,
      `There is no way forward again. For a new key: aws secretsmanager rotate-secret --secret-id ${secret}`,
    ].join("\n");
  }
  const { to, handle = "a key that somebody brought along", expiresAt, left, mustRotate } = result;
  const ends = left?.endsAt ? `is ended at ${left.endsAt.toISOString()}` : "is ended by the next rotation";
  return [
    `${secret}: version ${to} is current again.`,
    `  ${handle} the current key${expiresAt ? `, which ends by itself at ${expiresAt.toISOString()}` : ""}`,
    ...(left ? [`  ${left.handle} the key rolled back from: ${ends}`] : []),
    "There is no way forward again: the next rotation first ends the key rolled back from, then makes another.",
    ...(schedule ? [scheduleText(secret, schedule)] : []),
    ...(mustRotate
      ? [`The current key leaked. Rotate at once: aws secretsmanager rotate-secret --secret-id ${secret}`]
      : []),
  ].join("\n");
}

function scheduleText(secret: string, schedule: Pausing): string {
  if (schedule.outcome === "kept")
    return "Its rotations go on as they were: the next one makes a key with the same declaration.";
  if (schedule.outcome === "too late")
    return "Its rotations were not paused: the current key ends soon, and must be replaced.";
  if (schedule.outcome === "failed")
    return `Its rotations were not paused. Once that works: keyturn pause ${secret}`;
  const until = schedule.until
    ? `until ${schedule.until.toISOString()}, before the current key ends`
    : "until you resume them";
  return `Its rotations are paused ${until}: keyturn resume ${secret}`;
}
