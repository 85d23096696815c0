import type { Command } from "commander";
import type { Ended, RotateOrder } from "../rotate/order.js";
import { orderOf, type RotateOptions, usageProblem } from "./rotate-secret-options.js";
import { durationOf, onlyOf, tagOf, timeOf, wholeOf, wordsOf } from "./rotate-secret-values.js";

export interface RotateSecretCommandParts {
  /** Loaded when the command runs, so that other commands start without it. */
  readonly run: (order: RotateOrder, ifInterrupted: (words: string) => void) => Promise<Ended>;
  /** Whether a text is a key that some provider knows: it has no place on a command line, and is not shown. */
  readonly isKey: (text: string) => Promise<boolean>;
  readonly write: (text: string) => void;
  /** Takes lines for people. */
  readonly say: (line: string) => void;
  /** Resolves when the user wants to end it. */
  readonly interrupted: () => Promise<void>;
  /** Told the exit code. */
  readonly ended: (code: number) => void;
}

const interruptedCode = 130;

const help = `
Without --leaked: one rotation, followed until its key is current. Inside an open overlap nothing happens unless --now.
With --leaked: the keys count as leaked. They are marked, replaced, ended at their vendor and seen refused; then comes the receipt. Without
--wait it ends after one run of at most a minute, with --wait when all is done. Interrupting it changes nothing: what was begun
goes on in AWS. Without --only, the current and the previous key count as leaked, or what was marked before and is not done.
With --leaked-value -: what leaked is read from standard input, 1 MB at most, and nothing of it is shown.
With --provider, --tag or --all: many secrets, after a question.
It runs here, with your AWS credentials and Region (AWS_PROFILE, AWS_REGION, AWS_ENDPOINT_URL as for every AWS SDK), so it works
when the function does not. You need what the function's role has: read and write the secret, and read its admin secret.
Exit code:
  0    rotated; every leaked key is dead
  1    failed; standard error says why. Also: a key was read that no secret here holds
  2    a wrong command line, or what was asked was not answered
  4    not yet dead: replaced, but its vendor was not yet seen to refuse a leaked key
  5    not replaced: the current version holds a leaked key
  6    nothing to do: every reported key was dead already
  130  interrupted
Of many secrets the worst counts: 1, 5, 4, 0.`;

/** `keyturn rotate-secret`. Progress goes to standard error, the result to standard output. */
export function addRotateSecretCommand(program: Command, parts: RotateSecretCommandParts): void {
  const command = program.command("rotate-secret");
  command
    .description(
      "Rotate a secret now, or contain a leak: replace, kill, and prove that the leaked keys are dead.",
    )
    .argument("[secret]", "name of a declared secret")
    .option("--leaked", "its keys have leaked", false)
    .option("--leaked-value <->", "- : find whose key was pasted on standard input, and contain it")
    .option(
      "--only <which>",
      "current, previous, pending or a version's id has leaked, and no other; may be repeated",
      onlyOf,
      [],
    )
    .option("--made-before <time>", "keys that were made since have not leaked (ISO 8601)", timeOf)
    .option("--kill-first", "end the key before there is another: an outage until then", false)
    .option(
      "--even-so",
      "kill first though the previous key works, and a rollback would spare the outage",
      false,
    )
    .option("--reason <words>", "for the receipt", wordsOf)
    .option("--by <who>", "who reports it, for the receipt; default: your user name here", wordsOf)
    .option("--wait", "with --leaked: until every leaked key is dead")
    .option("--no-wait", "do not follow the rotation")
    .option("--timeout <duration>", "how long to follow it; default 3m, or 30m with --wait", durationOf)
    .option("--now", "end the previous key first, though its overlap is open", false)
    .option("--provider <id>", "every secret of this provider, such as github/deploy-key")
    .option("--tag <key=value>", "every secret with this tag", tagOf)
    .option("--all", "every declared secret", false)
    .option("--dry-run", "with many: show what counts as leaked, and change nothing", false)
    .option("--concurrency <number>", "with many: so many at once", wholeOf, 4)
    .option("--yes", "do not ask", false)
    .option(
      "--revoke-at-github",
      "with --leaked-value: have GitHub end what anyone may end, and no secret here holds",
      false,
    )
    .option("--github-api <url>", "where GitHub's API is", "https://api.github.com")
    .option("--config <file>", "where the secrets are declared", "keyturn.config.ts")
    .option("--json", "print the result as one line of JSON", false)
    .addHelpText("after", help)
    .action(async (secret: string | undefined, options: RotateOptions) => {
      const wrong = usageProblem(secret, options) ?? (await keyProblem(secret, parts));
      if (wrong !== undefined) command.error(`error: ${wrong}`, { exitCode: 2, code: "keyturn.usage" });
      await act(orderOf(secret, options), parts);
    });
}

async function keyProblem(secret: string | undefined, { isKey }: RotateSecretCommandParts) {
  if (secret === undefined || !(await isKey(secret))) return undefined;
  return "that is a key, not the name of a secret: it now stands in this shell's history. Give it on standard input: --leaked-value -";
}

async function act(order: RotateOrder, parts: RotateSecretCommandParts): Promise<void> {
  let words = "Nothing was changed.";
  const run = parts.run(order, (now) => {
    words = now;
  });
  const ended = await Promise.race([run, parts.interrupted().then(() => undefined)]);
  if (ended) {
    if (ended.text !== "") parts.write(`${ended.text}\n`);
    parts.ended(ended.code);
    return;
  }
  run.catch(() => undefined);
  parts.say(`Interrupted. ${words}`);
  parts.ended(interruptedCode);
}
