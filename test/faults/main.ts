import { fork } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { builtin } from "../../providers/index.js";
import { type Job, type Kind, kinds, type Told } from "./jobs.js";
import { Table } from "./table.js";

const help = `npm run faults -- [options]
  --kind <kind>       ${kinds.join(", ")}; may be repeated (default: all)
  --provider <id>     only this provider
  --seed <number>     the first seed of the random sequences (default 1)
  --update            write the numbers of cases to summary.json
Plays every single fault, every pair, random sequences, all interleavings, ends of overlaps and containments of leaks, and fails on any violation, or when a kind has
fewer cases than the committed summary.`;

const summaryFile = fileURLToPath(new URL("./summary.json", import.meta.url));
/** One of each family: listed by its vendor, not listed, made here. */
const families = ["stripe/webhook-secret", "github/installation-token", "github/deploy-key"];
const parts: Readonly<Record<Kind, number>> = {
  pair: 8,
  single: 4,
  interleaving: 8,
  random: 3,
  end: 1,
  containment: 8,
};

type Counts = Record<string, Record<string, number>>;

const { values } = parseArgs({
  options: {
    kind: { type: "string", multiple: true, default: [...kinds] },
    provider: { type: "string" },
    seed: { type: "string", default: "1" },
    update: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});
const wrong = wrongIn();
if (values.help) {
  process.stdout.write(`${help}\n`);
} else if (wrong) {
  process.stderr.write(`${wrong}\n\n${help}\n`);
  process.exitCode = 2;
} else process.exitCode = await run();

/** What nobody could play must not pass for played without a violation. */
function wrongIn(): string | undefined {
  const providers: readonly string[] = builtin.map(({ id }) => id);
  const unknown = values.kind.find((kind) => !kinds.some((known) => known === kind));
  if (unknown !== undefined) return `--kind: expected one of ${kinds.join(", ")}; found ${unknown}.`;
  if (values.provider !== undefined && !providers.includes(values.provider))
    return `--provider: expected one of ${providers.join(", ")}; found ${values.provider}.`;
  if (!/^\d{1,9}$/.test(values.seed)) return `--seed: expected a whole number; found ${values.seed}.`;
  if (jobsOf().length === 0) return `--kind pair: expected one of ${families.join(", ")} as --provider.`;
  return undefined;
}

async function run(): Promise<number> {
  const started = performance.now();
  const jobs = jobsOf();
  const counts: Counts = {};
  const classes = new Map<string, Set<string>>();
  const table = new Table();
  let [cases, violations] = [0, 0];
  const tell = ({ job, what, outcome, broken, row }: Told) => {
    cases++;
    const ofProvider = counts[job.provider] ?? {};
    counts[job.provider] = { ...ofProvider, [job.kind]: (ofProvider[job.kind] ?? 0) + 1 };
    if (row) {
      table.add([job.provider, row.step, row.fault], broken.length > 0 ? "BROKEN" : outcome);
      classes.set(row.sameAs, (classes.get(row.sameAs) ?? new Set()).add(outcome));
    }
    if (broken.length === 0) return;
    violations++;
    process.stdout.write(
      `VIOLATION ${job.provider} ${job.kind} ${what}\n  ${broken.slice(0, 5).join("\n  ")}\n`,
    );
  };
  const progress = setInterval(() => {
    process.stderr.write(
      `${Math.round((performance.now() - started) / 1000)} s: cases ${cases}, violations ${violations}, ${jobs.length} jobs left\n`,
    );
  }, 15_000);
  await Promise.all(Array.from({ length: availableParallelism() }, () => work(jobs, tell)));
  clearInterval(progress);

  process.stdout.write(`${table.lines().join("\n")}\n\n`);
  const mixed = [...classes].filter(([, outcomes]) => outcomes.size > 1);
  for (const [name, outcomes] of mixed)
    process.stdout.write(`NOT ONE CLASS ${name}: ${[...outcomes].join(", ")}\n`);
  const fewer = values.update ? [] : missing(counts);
  for (const line of fewer) process.stdout.write(`${line}\n`);
  if (values.update) writeFileSync(summaryFile, `${JSON.stringify(merged(counts), undefined, 2)}\n`);
  const seconds = Math.round((performance.now() - started) / 1000);
  process.stdout.write(`cases ${cases}, violations ${violations}   (${seconds} s)\n`);
  return violations + mixed.length + fewer.length > 0 ? 1 : 0;
}

/** The longest first, so that no process is left alone with one at the end. */
function jobsOf(): Job[] {
  const order: readonly Kind[] = ["pair", "containment", "interleaving", "single", "random", "end"];
  return order
    .filter((kind) => values.kind.includes(kind))
    .flatMap((kind) =>
      builtin
        .map(({ id }) => id)
        .filter((id) => (values.provider ?? id) === id && (kind !== "pair" || families.includes(id)))
        .flatMap((provider) =>
          Array.from(
            { length: parts[kind] },
            (_, part): Job => ({
              ...{ kind, provider, part, of: parts[kind], seed: Number(values.seed) },
            }),
          ),
        ),
    );
}

/** The summary, with what was played now in it. */
function merged(counts: Counts): Counts {
  const summary: Counts = JSON.parse(readFileSync(summaryFile, "utf8"));
  const names = [...new Set([...Object.keys(summary), ...Object.keys(counts)])].sort();
  return Object.fromEntries(names.map((name) => [name, { ...summary[name], ...counts[name] }]));
}

/** Kinds that have fewer cases than the committed summary, of those that were played. */
function missing(counts: Counts): readonly string[] {
  const summary: Counts = JSON.parse(readFileSync(summaryFile, "utf8"));
  return Object.entries(summary).flatMap(([provider, ofKind]) =>
    Object.entries(ofKind).flatMap(([kind, least]) => {
      const isPlayed = values.kind.includes(kind) && (values.provider ?? provider) === provider;
      const found = counts[provider]?.[kind] ?? 0;
      return isPlayed && found < least
        ? [`FEWER CASES ${provider} ${kind}: ${found}, expected ${least}`]
        : [];
    }),
  );
}

/** One process that does one job after the other. */
async function work(jobs: Job[], tell: (told: Told) => void): Promise<void> {
  const worker = fork(new URL("./worker.ts", import.meta.url), {
    execArgv: ["--no-warnings", "--import", "tsx"],
    env: { ...process.env, AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true" },
  });
  try {
    for (let job = jobs.shift(); job; job = jobs.shift()) {
      const next = job;
      await new Promise<void>((resolve, reject) => {
        const hear = (message: { told?: Told; done?: true }) => {
          if (message.told) tell(message.told);
          if (!message.done) return;
          worker.off("message", hear).off("exit", reject);
          resolve();
        };
        worker.on("message", hear).once("exit", reject);
        worker.send(next);
      });
    }
  } finally {
    worker.kill();
  }
}
