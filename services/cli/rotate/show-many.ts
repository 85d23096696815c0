import { plain, table } from "../../status/words.js";
import type { Contained } from "./many.js";
import type { Target } from "./targets.js";

/** Where a command is about to act, for whoever has to agree. */
export interface Where {
  readonly account: string;
  readonly region: string;
  readonly endpoint: string;
  readonly environment: string;
}

const mostShown = 20;

/** By the ARNs that AWS answered with. */
export function whereOf(
  targets: readonly Target[],
  environment: string,
  endpoint: string | undefined,
): Where {
  const refs = targets.flatMap((target) => ("place" in target ? [target.place.ref] : []));
  const all = (values: readonly string[]) => [...new Set(values)].join(", ") || "unknown";
  return {
    ...{ account: all(refs.map(({ account }) => account)), region: all(refs.map(({ region }) => region)) },
    ...{ environment, endpoint: endpoint ?? "AWS's own" },
  };
}

/** Account, Region, endpoint, environment; then what is about to be replaced and ended. */
export function showPlan(where: Where, targets: readonly Target[], which: string): string {
  const byProvider = new Map<string, number>();
  for (const { provider } of targets) byProvider.set(provider, (byProvider.get(provider) ?? 0) + 1);
  const rows = [...byProvider].map(([provider, count]) => [provider, String(count)]);
  return [
    `Account ${where.account}, Region ${where.region}, endpoint ${where.endpoint}, environment ${where.environment}`,
    `${count(targets.length, "secret")}: ${which}`,
    ...table(rows).map((line) => `  ${line}`),
  ].join("\n");
}

/** What a dry run found, secret by secret. */
export function showDryRun(planned: readonly { readonly secret: string; readonly words: string }[]): string {
  const rows = planned.map(({ secret, words }) => [plain(secret), plain(words)]);
  return [...table(rows), "Nothing was changed."].join("\n");
}

/** The summary: how many of what; the slowest; everything that is not contained. */
export function showMany(contained: readonly Contained[], goOn: string): string {
  const is = (outcome: Contained["outcome"]) => contained.filter((one) => one.outcome === outcome);
  const counts = (["contained", "nothing_to_do", "not_dead", "not_replaced", "failed"] as const)
    .map((outcome) => [outcome, is(outcome).length] as const)
    .filter(([, found]) => found > 0)
    .map(([outcome, found]) => `${found} ${outcome.replaceAll("_", " ")}`);
  const slowest = is("contained")
    .map((one) => ({ secret: one.secret, seconds: deathOf(one) }))
    .sort((a, b) => b.seconds - a.seconds)
    .slice(0, 5);
  const left = contained.filter(({ outcome }) => !["contained", "nothing_to_do"].includes(outcome));
  const goesOn = left.filter((one) => one.outcome !== "failed" && one.containment?.goesOnAt).length;
  const leftRows = left
    .slice(0, mostShown)
    .map((one) => [
      plain(one.secret),
      one.outcome === "failed" ? plain(one.message) : one.outcome.replaceAll("_", " "),
    ]);
  return [
    `${count(contained.length, "secret")}: ${counts.join(", ") || "none"}`,
    ...(slowest.length > 0
      ? [
          "Slowest",
          ...table(
            slowest.map(({ secret, seconds }) => [plain(secret), `dead ${seconds} s after the report`]),
          ).map((line) => `  ${line}`),
        ]
      : []),
    ...(left.length > 0 ? ["Not contained", ...table(leftRows).map((line) => `  ${line}`)] : []),
    ...(left.length > mostShown ? [`  ${left.length - mostShown} more: --json`] : []),
    ...(goesOn > 0 ? [`AWS goes on with ${goesOn} of them by itself, every minute.`] : []),
    ...(left.length > 0 ? [`To go on: ${goOn}`] : []),
  ].join("\n");
}

/** From the report until the last of its keys was refused. */
function deathOf(one: Contained): number {
  const keys = one.outcome === "failed" ? [] : (one.result?.receipt?.keys ?? []);
  return Math.max(0, ...keys.map(({ secondsToDead = 0 }) => secondsToDead));
}

function count(many: number, what: string): string {
  return `${many} ${what}${many === 1 ? "" : "s"}`;
}
