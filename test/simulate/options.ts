import { parseArgs } from "node:util";
import { builtin } from "../../providers/index.js";
import { declaredSecret } from "../../services/config/declared.js";
import { parseDuration } from "../../services/duration.js";
import { KeyturnError } from "../../services/errors.js";
import type { Plan, Wish } from "./plan.js";
import { providerOf } from "./secrets.js";

export const help = `npm run simulate -- [options]
  --secrets <n>            how many (default 1000)
  --every <duration>       how often each is rotated (default 1h)
  --for <duration>         how long (default 7d)
  --provider <id>          ${builtin.map(({ id }) => id).join(", ")}
                           (default stripe/restricted-key)
  --jitter <duration>      by how much a rotation may be put off (default: none; 5m to compare with)
  --faults                 one request of functions in 200 meets a fault
  --seed <n>               which (default 1)
  --outage <duration>      the vendor cannot be reached for so long, from 40 % of the time on
  --duplicates <n>/day     so many ticks a day are delivered twice
  --sample <n>             so many secrets run all of the shipped code (default 2)
  --full                   all of them do
  --week                   an hourly secret and an installation token through a week with faults, duplicates
                           and outages; exit code 1 when a promise is broken (takes --seed, --for, --json)
  --json                   results as JSON
  --help`;

/** A simulation of many secrets. */
export interface Wanted {
  readonly wish: Wish;
  readonly secrets: number;
  readonly sample: number;
  /** Of one sandbox's run; how many secrets it has is the sample's to say. */
  readonly plan: Omit<Plan, "secrets">;
  readonly comparedJitter: string;
}

export interface Options {
  readonly json: boolean;
  readonly help: boolean;
  readonly week: { readonly days: number; readonly seed: number } | undefined;
  readonly wanted: Wanted | undefined;
}

/** What a fault is met by, where they are asked for. */
const oneFaultIn = 200;
const usualJitter = "5m";

/** @throws RangeError for what cannot be simulated, with what can */
export function optionsOf(args: readonly string[]): Options {
  const { values } = parsed(args);
  const { json, help: helps, seed: seedText } = values;
  if (helps) return { json, help: true, week: undefined, wanted: undefined };
  const seconds = duration("--for", values.for);
  const seed = whole("--seed", seedText, 0, 999_999_999);
  if (values.week) {
    const days = seconds / 86_400;
    if (days < 1) throw new RangeError(`--for: expected a day or more with --week; found ${values.for}`);
    return { json, help: false, week: { days, seed }, wanted: undefined };
  }
  const { provider, every, jitter } = values;
  const wish = { provider, every, jitter };
  const everySeconds = duration("--every", every);
  for (const each of [wish, { ...wish, jitter: jitter ?? usualJitter }]) mustFit(each);
  const secrets = whole("--secrets", values.secrets, 1, 100_000);
  const sample = values.full ? secrets : Math.min(secrets, whole("--sample", values.sample, 1, 100_000));
  const outage = values.outage === undefined ? 0 : duration("--outage", values.outage);
  const [vendor = ""] = provider.split("/");
  const from = Math.floor((seconds * 0.4) / 60) * 60;
  if (from + outage >= seconds)
    throw new RangeError(`--outage: expected less than half of ${values.for}; found ${values.outage}`);
  return {
    ...{ json, help: false, week: undefined },
    wanted: {
      ...{ wish, secrets, sample, comparedJitter: jitter ?? usualJitter },
      plan: {
        ...{ seconds, seed, oneFaultIn: values.faults ? oneFaultIn : 0 },
        outages: outage > 0 ? [{ vendor, from, seconds: outage }] : [],
        duplicates: values.duplicates === undefined ? 0 : everyNth(values.duplicates, everySeconds),
      },
    },
  };
}

function parsed(args: readonly string[]) {
  const text = { type: "string" } as const;
  const flag = { type: "boolean", default: false } as const;
  try {
    return parseArgs({
      args: [...args],
      options: {
        secrets: { ...text, default: "1000" },
        every: { ...text, default: "1h" },
        for: { ...text, default: "7d" },
        provider: { ...text, default: "stripe/restricted-key" },
        seed: { ...text, default: "1" },
        sample: { ...text, default: "2" },
        ...{ jitter: text, outage: text, duplicates: text },
        ...{ faults: flag, full: flag, week: flag, json: flag, help: flag },
      },
    });
  } catch (error) {
    throw new RangeError(error instanceof Error ? error.message : "unknown options");
  }
}

function duration(option: string, text: string): number {
  const seconds = parseDuration(text);
  if (seconds !== undefined && seconds > 0) return seconds;
  throw new RangeError(`${option}: expected a duration such as 45m, 12h or 7d; found ${text}`);
}

function whole(option: string, text: string, least: number, most: number): number {
  if (/^\d{1,9}$/.test(text) && Number(text) >= least && Number(text) <= most) return Number(text);
  throw new RangeError(`${option}: expected a whole number from ${least} to ${most}; found ${text}`);
}

/** Which tick of a schedule is delivered twice: every so many-th. */
function everyNth(text: string, everySeconds: number): number {
  const [, times = ""] = /^(\d{1,4})\/day$/.exec(text) ?? [];
  const nth = Math.round(86_400 / everySeconds / Number(times));
  if (times !== "" && nth >= 1 && nth <= 10_000) return nth;
  throw new RangeError(`--duplicates: expected such as 1/day, no more than there are ticks; found ${text}`);
}

/** A declaration of it must be one that Keyturn takes. */
function mustFit({ provider: id, every, jitter }: Wish): void {
  const declaration = {
    provider: id,
    config: {},
    admin: "admin",
    every,
    ...(jitter !== undefined && { jitter }),
  };
  try {
    declaredSecret({ installation: "sandbox2", secrets: { it: declaration } }, "it", providerOf(id));
  } catch (error) {
    throw error instanceof KeyturnError ? new RangeError(error.message) : error;
  }
}
