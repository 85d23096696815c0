import type { Declarations } from "../../config/declare.js";
import type { ContainResult } from "../../rotation/leak/result.js";
import type { Store } from "../../store/store.js";
import { type Containment, openContainment, type Reporting } from "./containment.js";
import { exitCodes } from "./exit-codes.js";
import { toldOf } from "./news.js";
import type { Ended } from "./order.js";
import { findPlaceOf, type Here } from "./place.js";
import { showContained } from "./show-contained.js";
import { untilContained } from "./until-contained.js";

/** Without `--wait`: one run of the job as its function would have it, in two halves so that there is progress to see. Seconds. */
const onceSeconds = 40;

export interface LeakedOrder {
  readonly declarations: Declarations;
  readonly config: string;
  readonly store: Store;
  readonly secret: string;
  readonly reporting: Reporting;
  readonly followSeconds: number;
  readonly json: boolean;
}

/** Contains the leak of one secret. @throws KeyturnError, ProviderError */
export async function runLeaked(here: Here, order: LeakedOrder): Promise<Ended> {
  const { declarations, config, store, secret, reporting, followSeconds, json } = order;
  const place = await findPlaceOf(declarations, { secret, config, store });
  let isMarked = false;
  const marked = (versions: readonly string[]) => {
    if (!isMarked) for (const version of versions) here.say(`marked: version ${version}`);
    isMarked = true;
  };
  const log = (line: string) => {
    // The first of what is told of the work comes after the marks.
    if (toldOf(line) !== undefined) marked(containment?.report.versions ?? []);
    here.log(line);
  };
  const containment = await openContainment({ ...here, log }, place, reporting);
  if (!containment) {
    const text = json
      ? JSON.stringify({ action: "contain", secret, outcome: "nothing_to_do", versions: [] })
      : `${secret}: NOTHING TO DO: its keys were made after the leak.`;
    return { code: exitCodes.nothing_to_do, text };
  }
  begin(here, containment);
  const seconds = Math.max(onceSeconds, followSeconds);
  const ran = () => marked(containment.report.versions);
  const result = await untilContained(here, { place, containment, seconds, ran });
  return {
    code: exitCodes[result.outcome],
    text: json ? JSON.stringify(jsonOf(containment, result)) : showContained(containment, result),
  };
}

/** What somebody must know before anything is marked. */
function begin({ say }: Here, { because, report, current, goesOnAt, secret }: Containment): void {
  const many = report.versions.length === 1 ? "version" : "versions";
  say(`${secret}: reported as leaked: ${many} ${report.versions.join(", ")}`);
  if (because === "marked") {
    say("They were marked before: that containment goes on.");
    if (current !== undefined && !report.versions.includes(current))
      say(`The current version ${current} is not among them. If it leaked too: --only current`);
  }
  if (goesOnAt === undefined)
    say("No schedules stand around this secret: nothing goes on when this command ends.");
}

/** One document: the job's result, the report, and whether AWS goes on without this process. */
export function jsonOf({ report, because, goesOnAt }: Containment, result: ContainResult): object {
  return { ...result, report, because, goesOn: goesOnAt !== undefined };
}
