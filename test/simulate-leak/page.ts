import type { Row } from "./simulate.js";
import { asMarkdown, sectionsOf } from "./table.js";
import { cacheSeconds, intervalSeconds, pauseMs, tollMs } from "./tolls.js";

const { aws, lambda, vendor } = tollMs;

/** What stands above the figures. */
export const preface = `# How long a leaked key lives

\`npm run simulate:leak\` lets the current key of a secret leak in the sandbox and answers it in four ways, in one run, with the same key, the
same vendor and the same clock. It wrote this page (\`-- --markdown\`); \`-- --check\` compares the page with a run, as a test does for some of it. These are
counts of calls on a simulated clock, and no measurement of AWS, GitHub or Stripe.

## What is compared

| way | what is done after the leak |
|---|---|
| keyturn | \`keyturn rotate-secret <secret> --leaked --only current --wait\`: the job \`contain\`, and the rotation that it starts |
| keyturn --kill-first | the same with \`--kill-first\`: the key is ended before there is another one |
| template, twice | a function as AWS's template has it, filled in for this vendor: the old key becomes AWSPREVIOUS, and the next rotation ends it before it makes another. Somebody knows that, rotates, waits until that is over, and rotates again. Whoever rotates once leaves the key alive until the next rotation of the schedule |
| two slots | a rotator that ends the key in the slot not in use, puts a new one there and switches over, in one run of a function. Somebody says "rotate now"; the leaked key goes with the next rotation, ${intervalSeconds / 60} minutes later |

All begin alike: the key has been current for ten minutes at least, nothing is open. In the stand-ins the key before it still lives, as they keep it, and
their next rotation ends it. They use Keyturn's own client of the vendor, so that ways differ and requests do not.

## What is counted

- **Replaced**: AWSCURRENT holds another key. **Killed**: the vendor's record says that the leaked key is ended. **Dead**: the vendor refuses it; the
  sandbox's truth, whether anyone asks or not. **Proved**: it was shown to the vendor, and refused. Where there is a \`-\`, nobody does it: the stand-ins never
  ask; and an installation token in a slot is over by itself, an hour after it was made, before its slot's turn comes.
- **Calls**: those to AWS (Secrets Manager, Scheduler, EventBridge), starts of Lambda functions and calls to the vendor that led there one after the other. Looks
  at how far a running rotation is are left out: nothing waits for them. **rot.**: rotations begun by then.
- **Seconds** after the report, if a call to AWS takes ${aws} ms, the start of a function ${lambda} ms, a call to the vendor ${vendor} ms, all calls within one run one after
  the other, and if whoever waits looks every ${pauseMs / 1000} s. No cold start, no typing, no fault.
- **Application**: one request a second with a key that it keeps for ${cacheSeconds / 60} minutes, read the moment before the report. On a 401 it reads the key again
  and repeats the request; on anything else it does not. *Refused*: requests that met a refusal first. *Failed*: those that failed in the end. *Gap*: the
  longest time without an answer that it wanted.

## What it shows

- Keyturn has replaced and ended the key after one rotation. The template needs two. Done at once, by somebody who knows it, they take about the same time: what
  it lacks is not seconds but the second rotation that somebody must think of, and the question whether the key is dead.
- Keyturn makes about twice as many calls until the key is replaced: watch, mark, fresh looks before each write, events. That costs about a second.
- \`--kill-first\` ends the key a second sooner, and its application fails until there is another key: for the few seconds that this takes where the vendor ends keys at
  once.
- How soon a key is dead after that is the vendor's alone.
- At Stripe a kill takes the key's permissions first, which acts after a second, and the key then gets 403 until it is dead. An application that reads again on
  401 only fails for so long, whichever way ends the key while it is cached. One that also reads again on 403 fails no longer than there is no other key. A
  rotator that only let the key expire would spare both that, and leave whoever found the key all that it may do until it is dead.

## Figures`;

/** The whole page. */
export function pageOf(rows: readonly Row[]): string {
  return `${[preface, ...sectionsOf(rows).map(asMarkdown)].join("\n\n")}\n`;
}
