import { type Command, InvalidArgumentError, Option } from "commander";
import { formatDuration, parseDuration } from "../../duration.js";
import type { Written } from "../../schedules/timing.js";
import type { ListedSchedule, PauseOrder, ScheduleResult, SetOrder } from "../run-schedules.js";
import type { PlaceOrder } from "../schedule-place.js";

export interface ScheduleCommandParts {
  /** Loaded when a command runs, so that other commands start without them. */
  readonly list: (order: { readonly config: string }) => Promise<ScheduleResult>;
  readonly set: (order: SetOrder) => Promise<ScheduleResult>;
  readonly pause: (order: PauseOrder) => Promise<ScheduleResult>;
  readonly resume: (order: PlaceOrder) => Promise<ScheduleResult>;
  readonly write: (text: string) => void;
}

const credentials = `
It runs with your AWS credentials and Region (AWS_PROFILE, AWS_REGION, AWS_ENDPOINT_URL as for every AWS SDK). Times are AWS's.
Exit code: 0 when it is done or there was nothing to do (it says which), 1 when it failed, 2 for a wrong command line.`;

interface Common {
  readonly config: string;
  readonly json: boolean;
  readonly role?: string;
  readonly deadLetters?: string;
}

/** `keyturn schedule list|set|pause|resume`, and `pause` and `resume` for short. The result goes to standard output. */
export function addScheduleCommands(program: Command, parts: ScheduleCommandParts): void {
  const tell = (result: ScheduleResult, { json }: Common) =>
    parts.write(`${json ? JSON.stringify(result) : textOf(result)}\n`);
  const pauseAndResume = (parent: Command) => {
    placed(parent.command("pause"), "resuming")
      .argument("<secret>", "name of a secret")
      .option("--until <time>", "when it goes on by itself: 12h, or 2026-06-01T08:00:00Z", untilOf)
      .description("Have no rotation of a secret start by itself, and remember what started them.")
      .action(async (secret: string, { until, ...options }: Common & { until?: number | Date }) =>
        tell(await parts.pause({ ...options, secret, until }), options),
      );
    placed(parent.command("resume"), "resuming")
      .argument("<secret>", "name of a secret")
      .description("Bring back exactly what a pause had found.")
      .action(async (secret: string, options: Common) =>
        tell(await parts.resume({ ...options, secret }), options),
      );
  };

  const schedule = program.command("schedule").description("See and change when secrets are rotated.");
  common(schedule.command("list"))
    .description("Show every secret of the environment and when it is rotated.")
    .action(async (options: Common) => tell(await parts.list(options), options));
  placed(schedule.command("set"), "routine")
    .argument("<secret>", "name of a declared secret")
    .addOption(new Option("--every <duration>", "how often: 1h").conflicts("cron").argParser(duration))
    .option("--cron <fields>", "when: minutes hours day-of-month month day-of-week year")
    .option("--timezone <zone>", "that --cron and --not-during go by: Europe/Berlin")
    .option("--jitter <duration>", "by how much each rotation may be put off: 10m; 0s for none", duration)
    .option("--not-during <window...>", "when none may start: 'Mon-Fri 09:00-17:00', 22:00-06:00")
    .description(
      "Change when a secret is rotated whose schedule no stack owns. What is not named stays as it is.",
    )
    .action(async (secret: string, options: Common & Written) => {
      const { every, cron, timezone, jitter, notDuring, ...rest } = options;
      const timing = { every, cron, timezone, jitter, notDuring };
      tell(await parts.set({ ...rest, secret, timing }), options);
    });
  pauseAndResume(schedule);
  pauseAndResume(program);
}

function common(command: Command): Command {
  return command
    .option("--config <file>", "names the environment, and declares its secrets", "keyturn.config.ts")
    .option("--json", "print the result as one line of JSON", false)
    .addHelpText("after", credentials);
}

function placed(command: Command, acts: "routine" | "resuming"): Command {
  const from = "default: as the secret's schedule has it, or one of the same provider";
  const role = acts === "routine" ? from : "default: keyturn-<environment>-resume-<region>";
  return common(command)
    .option("--role <arn>", `what its ${acts} schedule acts with; ${role}`)
    .option("--dead-letters <arn>", `queue for what it cannot deliver; ${from}`);
}

function duration(text: string): string {
  if (parseDuration(text) === undefined)
    throw new InvalidArgumentError("Expected a duration such as 45m or 1d.");
  return text;
}

function untilOf(text: string): number | Date {
  const seconds = parseDuration(text);
  if (seconds !== undefined) return seconds;
  const isTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:\d\d)$/.test(text);
  const time = new Date(text);
  if (isTime && !Number.isNaN(time.getTime())) return time;
  throw new InvalidArgumentError(
    "Expected a duration such as 12h, or a time with its zone: 2026-06-01T08:00:00Z.",
  );
}

function textOf(result: ScheduleResult): string {
  switch (result.action) {
    case "list":
      return listed(result.schedules);
    case "set":
      return [
        `${result.secret}: ${{ created: "scheduled", changed: "changed", unchanged: "as it was" }[result.outcome]}.`,
        `  ${whenOf(result)}`,
        ...result.warnings.map((warning) => `  Note: ${warning}`),
      ].join("\n");
    case "pause":
      return paused(result);
    case "resume":
      return resumed(result);
  }
}

function paused({ secret, routine, native, until }: ScheduleResult & { action: "pause" }): string {
  const nothing = [routine, native].every((one) => one === "none" || one === "off");
  if (nothing) return `${secret}: no rotation starts by itself. Nothing was changed.`;
  const end = until ? `until ${until.toISOString()}` : `until you run: keyturn resume ${secret}`;
  const told = {
    stopped: "stopped",
    "paused before": "was paused, and stays so",
    off: "was off, and stays so",
    none: "there is none",
  };
  return [
    `${secret}: paused ${end}`,
    `  schedule: ${told[routine]}`,
    `  Secrets Manager's own rule: ${told[native]}`,
  ].join("\n");
}

function resumed({ secret, routine, native }: ScheduleResult & { action: "resume" }): string {
  if (routine === "not paused" && native === "not paused") {
    return `${secret}: not paused. Nothing was changed.`;
  }
  const told = {
    restored: "as it was before the pause",
    on: "someone had turned it on already; it stays as it is",
    gone: "someone deleted it; it is not made anew",
    "not paused": "was not paused",
  };
  return [
    `${secret}: resumed.`,
    `  schedule: ${told[routine]}`,
    `  Secrets Manager's own rule: ${told[native]}`,
  ].join("\n");
}

function listed(schedules: readonly ListedSchedule[]): string {
  if (schedules.length === 0) return "No secret is declared, and none has a schedule.";
  const width = Math.max(...schedules.map(({ secret }) => secret.length)) + 2;
  return schedules.map((one) => `${one.secret.padEnd(width)}${stateOf(one)}`).join("\n");
}

function stateOf(one: ListedSchedule): string {
  if (one.state === "none") return "no schedule";
  const state = {
    on: "",
    off: " [off]",
    paused: ` [paused${one.until ? ` until ${one.until.toISOString()}` : ""}]`,
  }[one.state];
  const owner = { stack: "a stack's", cli: "set by a command", unknown: "not made by Keyturn" };
  return `${whenOf(one)}${state}, ${owner[one.owner ?? "unknown"]}`;
}

function whenOf({
  expression = "",
  timezone,
  jitterSeconds = 0,
}: Pick<ListedSchedule, "expression" | "timezone" | "jitterSeconds">): string {
  const zone = expression.startsWith("cron") ? ` ${timezone ?? "UTC"}` : "";
  return `${expression}${zone}${jitterSeconds > 0 ? `, put off by up to ${formatDuration(jitterSeconds)}` : ""}`;
}
