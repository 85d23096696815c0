import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { pageOf } from "./page.js";
import { type Row, simulate } from "./simulate.js";
import { asText, sectionsOf } from "./table.js";
import { deaths, tollMs } from "./tolls.js";
import { kinds } from "./world.js";

const help = `npm run simulate:leak -- [options]
  --json       every figure, calls by where they went
  --markdown   the page docs/leak-figures.md
  --check      fails unless that page is what this run shows
Counts what it takes until a leaked key is replaced, killed and proved dead: Keyturn, AWS's template, a
rotator with two slots. docs/leak-figures.md says what is compared, and under which assumptions.`;

const page = fileURLToPath(new URL("../../docs/leak-figures.md", import.meta.url));
const flag = { type: "boolean", default: false } as const;

function wishes() {
  try {
    return parseArgs({ options: { json: flag, markdown: flag, check: flag, help: flag } }).values;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : "unknown option"}\n\n${help}\n`);
    return undefined;
  }
}

async function run({ json, markdown, check }: NonNullable<ReturnType<typeof wishes>>): Promise<number> {
  const rows: Row[] = [];
  for (const kind of kinds) rows.push(...(await simulate(kind, deaths)));
  if (check) {
    const isSame = readFileSync(page, "utf8") === pageOf(rows);
    process.stdout.write(isSame ? "docs/leak-figures.md is up to date\n" : "docs/leak-figures.md differs\n");
    return isSame ? 0 : 1;
  }
  const { aws, lambda, vendor } = tollMs;
  const assumed = `Assumed: a call to AWS ${aws} ms, a function's start ${lambda} ms, a call to the vendor ${vendor} ms.`;
  const text = () => [assumed, ...sectionsOf(rows).map(asText)].join("\n\n");
  process.stdout.write(markdown ? pageOf(rows) : `${json ? JSON.stringify(rows, undefined, 2) : text()}\n`);
  return 0;
}

const wished = wishes();
if (wished?.help) process.stdout.write(`${help}\n`);
else process.exitCode = wished ? await run(wished) : 2;
