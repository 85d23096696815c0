import type { CodedError } from "../../../providers/kit/failure.js";
import type { AwsConfig } from "../../aws-config.js";
import type { Clock } from "../../clock.js";
import { parseDeclarations } from "../../config/declare.js";
import { KeyturnError } from "../../errors.js";
import { type EventDetail, eventSchemas } from "../../events/event.js";
import { type Entry, eventBridge, type PutEvents } from "../../events/eventbridge.js";
import { send } from "../../events/send.js";
import { createLogs, type Log } from "../../log.js";
import { withoutSecrets } from "../../rotation/fault.js";
import type { JobOf } from "../../rotation/jobs/job.js";
import { secretsManagerStore } from "../../store/secrets-manager.js";
import { approvalOf } from "./approval.js";
import { idOf, type LeakReport, parseLeakReport } from "./leak-report.js";
import { isRefusal, type LeakedSecret, leakedBy } from "./leaked.js";
import { type Again, eachLetter, lettersIn } from "./letters.js";
import type { IntakeBuses } from "./variables.js";
import { workFor } from "./work.js";

/** What the intake is made with. On Lambda all of it comes from its own deployment. */
export interface IntakeOptions {
  /** Of every secret of the environment, not yet parsed: `keyturn.json`. */
  readonly declarations: unknown;
  readonly clock: Clock;
  /** Endpoint, region and credentials of AWS; empty on Lambda. */
  readonly aws: AwsConfig;
  readonly buses: IntakeBuses;
  /** How long one request may take; 3 s at most. Milliseconds. */
  readonly requestTimeoutMs: number;
  /** Receives one JSON line an event. */
  readonly log: (line: string) => void;
}

/** Resolves to which messages are to come again, where the event is a batch of messages. */
export type Intake = (
  event: unknown,
  context: { getRemainingTimeInMillis(): number },
) => Promise<Again | undefined>;

/** The invocation's last second is not for sending. Milliseconds. */
const lastSecond = 1_000;

/**
 * Takes reports of leaks, as EventBridge delivers them or as the queue for what failed gives them back. It reads no value and moves
 * no label: a secret's own function is handed the job, or a human is asked, as the declaration says. The same report again is the
 * same job again.
 *
 * What is no report, or about nothing that is declared, is logged (`leak_report_refused`) and done with.
 * @throws KeyturnError for a report that is to come again: `store_…`, `bus_unavailable`, `declaration_invalid`, `internal`
 */
export function createIntake(options: IntakeOptions): Intake {
  const { aws, buses, clock, requestTimeoutMs } = options;
  const tools = {
    options,
    logs: createLogs(options.log, clock),
    store: secretsManagerStore(aws, requestTimeoutMs),
    putEvents: eventBridge(aws, buses.events, requestTimeoutMs),
    putWork: eventBridge(aws, buses.work, requestTimeoutMs),
  };
  return async (event, context) => {
    const until = clock.monotonic() + context.getRemainingTimeInMillis() - lastSecond;
    const letters = lettersIn(event);
    if (letters) return eachLetter(letters, (body) => take(tools, body, until));
    await take(tools, event, until);
    return undefined;
  };
}

interface Tools {
  readonly options: IntakeOptions;
  readonly logs: ReturnType<typeof createLogs>;
  readonly store: ReturnType<typeof secretsManagerStore>;
  readonly putEvents: PutEvents;
  readonly putWork: PutEvents;
}

async function take(tools: Tools, event: unknown, until: number): Promise<void> {
  const { clock, buses } = tools.options;
  const { environment } = buses;
  const log = tools.logs({ function: "leak-intake", environment, report: idOf(event) });
  try {
    const declarations = parseDeclarations(tools.options.declarations);
    const report = parseLeakReport(event, clock.now());
    const meant = await leakedBy(report, { store: tools.store, declarations });
    const leaked = meant.flatMap((one) => {
      if (!(one instanceof KeyturnError)) return [one];
      refuse(log, one);
      return [];
    });
    await deliver(tools, until, leaked, report);
    for (const { name: secret, versions, declaration } of leaked)
      log.info(asks({ declaration }) ? "leak_approval_asked" : "leak_handed_over", {
        ...{ secret, versions: versions.join(" ") },
      });
  } catch (error) {
    const coded = withoutSecrets(error, log);
    if (isRefusal(coded)) return refuse(log, coded);
    log.error("leak_report_failed", { code: coded.code, message: coded.message });
    throw coded;
  }
}

function refuse(log: Log, { code, message }: CodedError<string>): void {
  log.error("leak_report_refused", { code, message });
}

const asks = ({ declaration }: Pick<LeakedSecret, "declaration">) => declaration.onReport === "ask";

/** @throws KeyturnError `bus_unavailable` */
async function deliver(
  { options, putEvents, putWork }: Tools,
  until: number,
  leaked: readonly LeakedSecret[],
  report: LeakReport,
): Promise<void> {
  const work = leaked.filter((one) => !asks(one)).map((one) => jobEntry(one, report));
  const questions = leaked.filter(asks).flatMap((one) => questionsOf(one, report, options.buses.environment));
  const { clock } = options;
  const lost = [
    ...(await send<string>(putWork, work, clock, until)),
    ...(await send<string>(putEvents, questions, clock, until)),
  ];
  const [first] = lost;
  if (!first) return;
  throw new KeyturnError("bus_unavailable", {
    expected: `EventBridge to take ${first.entry.name}`,
    found: first.why,
    next: "Nothing to do if it passes: the report comes again. Else check the intake's role, and that the buses are there.",
  });
}

function jobEntry({ arn, declaration, versions }: LeakedSecret, { detail, at }: LeakReport): Entry<string> {
  const { source, by, reason } = detail;
  const job: JobOf<"contain"> = {
    ...{ v: 1, action: "contain", secretId: arn },
    report: {
      ...{ versions: [...versions], at: at.toISOString(), source },
      ...(by !== undefined && { by }),
      ...(reason !== undefined && { reason }),
    },
  };
  const { provider } = declaration;
  return { name: workFor(provider), provider, arn, at, detail: JSON.stringify({ keyturn: job }) };
}

/** One question a version: each says all that it takes to approve it. */
function questionsOf(
  { arn, name: secret, declaration, versions }: LeakedSecret,
  { detail: { source, reason }, at }: LeakReport,
  environment: string,
): Entry[] {
  const { provider } = declaration;
  return versions.map((version) => {
    const detail: EventDetail<"Leak Approval Needed"> = {
      ...{ v: 1, environment, secret, arn, provider, at: at.toISOString(), version, source },
      ...(reason !== undefined && { reason }),
      approve: approvalOf({ secret, version, source, reason }),
    };
    const name = "Leak Approval Needed";
    return { name, provider, arn, at, detail: JSON.stringify(eventSchemas[name].parse(detail)) };
  });
}
