import { type Declarations, environmentOf } from "../../config/declare.js";
import type { Store } from "../../store/store.js";
import { openContainment } from "./containment.js";
import { exitCodes, worstOf } from "./exit-codes.js";
import { type Contained, containMany } from "./many.js";
import type { Ended, OrderOf, Terminal } from "./order.js";
import type { Here } from "./place.js";
import { jsonOf } from "./run-leaked.js";
import { showDryRun, showMany, showPlan, whereOf } from "./show-many.js";
import { selected, type Target } from "./targets.js";

/**
 * Contains the leaks of all selected secrets, once somebody has agreed to the account, Region and environment that AWS's answers show.
 * @throws KeyturnError
 */
export async function runMany(
  here: Here,
  parts: {
    readonly declarations: Declarations;
    readonly store: Store;
    readonly terminal: Terminal;
    readonly endpoint: string | undefined;
  },
  order: OrderOf<"many">,
): Promise<Ended> {
  const { declarations, terminal } = parts;
  const { config, json, reporting, concurrency, followSeconds, typed } = order;
  const environment = environmentOf(declarations);
  const targets = await selected(here, { ...parts, config }, order.selection);
  const where = whereOf(targets, environment, parts.endpoint);
  here.say(showPlan(where, targets, whatLeaked(order)));
  if (targets.length === 0) return { code: exitCodes.nothing_to_do, text: json ? "[]" : "No secret fits." };
  if (order.dryRun) return dryRun(here, order, targets);
  if (!order.yes && (await terminal.ask(`Type the environment's name to go on: `))?.trim() !== environment) {
    here.say("Nothing was changed. Type the environment's name, or add --yes.");
    return { code: exitCodes.usage, text: json ? JSON.stringify({ outcome: "not confirmed", where }) : "" };
  }
  const since = (reporting.madeBefore ?? here.clock.now()).toISOString();
  const goOn = `keyturn rotate-secret --leaked ${typed} --made-before ${since}`;
  here.ifInterrupted(
    `Marked secrets go on in AWS, where schedules stand around them. To go on with all: ${goOn}`,
  );
  const contained = await containMany(here, {
    targets,
    reportingOf: () => reporting,
    concurrency,
    followSeconds,
  });
  return {
    code: worstOf(contained.map(({ outcome }) => outcome)),
    text: json
      ? JSON.stringify({ ...where, goOn, secrets: contained.map(jsonOfOne) })
      : showMany(contained, goOn),
  };
}

function whatLeaked({ reporting: { only, madeBefore, killFirst } }: OrderOf<"many">): string {
  const which = only.length > 0 ? `the ${only.join(" and the ")} key` : "the current and the previous key";
  const older = madeBefore ? `, where it was made before ${madeBefore.toISOString()}` : "";
  return `${which} of each${older}, ${killFirst ? "killed first, then replaced" : "replaced and killed"}`;
}

async function dryRun(
  here: Here,
  { json, reporting }: OrderOf<"many">,
  targets: readonly Target[],
): Promise<Ended> {
  const planned: { secret: string; words: string; versions: readonly string[] }[] = [];
  for (const target of targets) {
    const { secret } = target;
    if ("error" in target) {
      planned.push({ secret, versions: [], words: `cannot be looked at: ${target.error.code}` });
      continue;
    }
    const containment = await openContainment(here, target.place, reporting);
    const versions = containment?.report.versions ?? [];
    const goesOn = containment?.because === "marked" ? "goes on: " : "";
    planned.push({ secret, versions, words: `${goesOn}${versions.join(", ") || "nothing to do"}` });
  }
  const text = json ? JSON.stringify({ dryRun: true, secrets: planned }) : showDryRun(planned);
  return { code: exitCodes.done, text };
}

export function jsonOfOne(one: Contained): object {
  if (one.outcome === "failed") return one;
  const { secret, provider, seconds, outcome, containment, result } = one;
  const told = { secret, provider, seconds, outcome };
  return containment && result ? { ...told, ...jsonOf(containment, result) } : told;
}
