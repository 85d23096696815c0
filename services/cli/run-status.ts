import type { AwsConfig } from "../aws-config.js";
import { type Clock, systemClock } from "../clock.js";
import { environmentOf } from "../config/declare.js";
import { declaredSecret } from "../config/declared.js";
import { groupOf, logGroupOf } from "../environment-names.js";
import { KeyturnError } from "../errors.js";
import { type Happened, type History, readHistory } from "../history/history.js";
import { awsSchedules } from "../schedules/aws-schedules.js";
import { byUrgency, isTroubled, judge } from "../status/judge.js";
import { readFacts } from "../status/read.js";
import type { StatusReport } from "../status/report.js";
import { secretsManagerStore } from "../store/secrets-manager.js";
import { declarationIn, providerNamed, requestTimeoutMs } from "./declared-here.js";
import { loadConfig } from "./load-config.js";

export interface StatusOrder {
  /** Name of a declared secret; every declared one when it is left out. */
  readonly secret: string | undefined;
  /** The file that declares it. */
  readonly config: string;
  /** How far back its history goes. Seconds. */
  readonly sinceSeconds: number;
}

/**
 * How declared secrets stand, with the AWS SDK's own credentials and Region. Writes nothing, and asks no vendor.
 * @throws KeyturnError `declaration_invalid`, `secret_undeclared`, `store_unconfigured`
 */
export async function readStatus(
  { secret, config, sinceSeconds }: StatusOrder,
  { aws = {}, clock = systemClock }: { readonly aws?: AwsConfig; readonly clock?: Pick<Clock, "now"> } = {},
): Promise<StatusReport> {
  const declarations = await loadConfig(config);
  const environment = environmentOf(declarations);
  const asked = secret === undefined ? Object.keys(declarations.secrets) : [secret];
  const declared = asked.map((name) => {
    const { provider } = declarationIn(declarations, name, config);
    return declaredSecret(declarations, name, providerNamed(provider));
  });
  const parts = {
    store: secretsManagerStore(aws, requestTimeoutMs),
    schedules: awsSchedules(aws, { scheduleGroup: groupOf(environment) }, requestTimeoutMs),
    clock,
  };
  const secrets = (await readFacts(parts, declared)).map(judge).sort(byUrgency);
  const at = clock.now();
  const report = { v: 1, environment, at, well: !secrets.some(isTroubled), secrets } as const;
  if (secret === undefined) return report;
  const logGroup = logGroupOf(environment);
  const since = new Date(at.getTime() - sinceSeconds * 1000);
  const history = await historyOf(readHistory({ aws, logGroup, requestTimeoutMs }, { secret, since }));
  const receipt = "events" in history ? lastReceipt(history.events) : undefined;
  return { ...report, history, ...(receipt ? { receipt } : {}) };
}

/** A secret stands as it does, whether its history can be read or not. */
async function historyOf(reading: Promise<History>): Promise<History | { readonly code: string }> {
  try {
    return await reading;
  } catch (error) {
    if (!(error instanceof KeyturnError)) throw error;
    return { code: error.code };
  }
}

const lastReceipt = (events: readonly Happened[]) => events.findLast(({ name }) => name === "Leak Contained");
