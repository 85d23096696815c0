import type { Declarations } from "../../config/declare.js";
import { longestText } from "../../leak/recognise.js";
import type { Store } from "../../store/store.js";
import { exitCodes, worstOf } from "./exit-codes.js";
import { containMany } from "./many.js";
import type { Ended, OrderOf, Terminal } from "./order.js";
import type { Here } from "./place.js";
import { revokeAtGitHub } from "./revoke-at-github.js";
import { runLeaked } from "./run-leaked.js";
import { jsonOfOne } from "./run-many.js";
import { chosen, showFound } from "./show-found.js";
import { showMany } from "./show-many.js";
import { selected } from "./targets.js";
import { type FoundValue, findValue, type Holder } from "./value.js";

interface ValueParts {
  readonly declarations: Declarations;
  readonly store: Store;
  readonly terminal: Terminal;
}

/**
 * Reads what leaked from standard input, finds whose it is, and contains it: at once where one secret holds it, else once somebody has
 * chosen. Nothing that was read is shown.
 * @throws KeyturnError `leak_input_too_large`, …; ProviderError
 */
export async function runValue(here: Here, parts: ValueParts, order: OrderOf<"value">): Promise<Ended> {
  const { declarations, store, terminal } = parts;
  const { json, config, reporting, followSeconds } = order;
  const found = await findValue(await terminal.readInput(longestText), { declarations, store });
  here.say(showFound(found));
  const revoked = await revokedOf(here, found, order.revokeAt);
  const told = { action: "leaked-value", found: foundJson(found), revokedAtGitHub: revoked };
  const ended = (code: number, outcome: object, text: string): Ended => ({
    code,
    text: json ? JSON.stringify({ ...told, ...outcome }) : text,
  });
  if (found.holders.every(({ hindrance }) => hindrance !== undefined)) {
    const isAsked = revoked > 0 && revoked === found.unmatched.length && found.holders.length === 0;
    const code = isAsked ? exitCodes.not_dead : exitCodes.failed;
    return ended(code, { outcome: "not contained" }, lastWords(found, revoked));
  }
  const picked = await pickedFrom(found, order.yes, terminal);
  const able = picked.filter(({ hindrance }) => hindrance === undefined);
  if (able.length === 0) {
    here.say(
      "Nothing was marked. Choose at a terminal, add --yes for all of them, or name one: --leaked --only <version>",
    );
    return ended(exitCodes.usage, { outcome: "not confirmed" }, "");
  }
  const left = found.unmatched.length - revoked + picked.length - able.length;
  if (left > 0) here.say(`${left} of what was found is not contained by this: see above.`);
  const codeOf = (code: number) => (left > 0 ? exitCodes.failed : code);
  const onlyOf = new Map(
    able.map(({ secret, versions }) => [secret.name, versions.map(({ versionId }) => versionId)]),
  );
  const reportingOf = (secret: string) => ({ ...reporting, only: onlyOf.get(secret) ?? [] });
  const [one, another] = [...onlyOf.keys()];
  if (one !== undefined && another === undefined) {
    const alone = { secret: one, reporting: reportingOf(one), config, declarations, store, json };
    const { code, text } = await runLeaked(here, { ...alone, followSeconds });
    return ended(codeOf(code), json ? { secrets: [JSON.parse(text)] } : {}, text);
  }
  const targets = (await selected(here, { declarations, config, store }, {})).filter(({ secret }) =>
    onlyOf.has(secret),
  );
  const { concurrency } = order;
  const goOn = "the same command again, with the same input and --wait";
  here.ifInterrupted(
    `Marked secrets go on in AWS, where schedules stand around them. To go on with all: ${goOn}`,
  );
  const apart = { ...here, log: () => undefined };
  const contained = await containMany(apart, { targets, reportingOf, concurrency, followSeconds });
  const code = codeOf(worstOf(contained.map(({ outcome }) => outcome)));
  return ended(code, { secrets: contained.map(jsonOfOne) }, showMany(contained, goOn));
}

/** One key of one secret needs no choice; where it is one of several, or something besides it was found, a human chooses. */
async function pickedFrom(
  { holders, unmatched }: FoundValue,
  yes: boolean,
  terminal: Terminal,
): Promise<readonly Holder[]> {
  const isPlain = holders.length === 1 && holders[0]?.keys === 1 && unmatched.length === 0;
  if (yes || isPlain) return holders;
  const typed = await terminal.ask(`Which leaked? Numbers (1 to ${holders.length}), or all: `);
  const indices = (typed === undefined ? undefined : chosen(typed, holders.length)) ?? [];
  return indices.flatMap((index) => holders[index] ?? []);
}

/** How many credentials GitHub was asked to end. */
async function revokedOf(here: Here, { unmatched }: FoundValue, at: string | undefined): Promise<number> {
  const credentials = unmatched.flatMap((hit) =>
    !hit.rotated && hit.publiclyRevocable ? [hit.canonical] : [],
  );
  if (at === undefined || credentials.length === 0) return 0;
  here.ifInterrupted("GitHub was asked to end what anyone may end; nothing else was changed.");
  await revokeAtGitHub(credentials, at);
  here.say(
    `GitHub has taken ${credentials.length} of them to end. It does not say whether they lived; their owners are told.`,
  );
  return credentials.length;
}

function lastWords({ hits, holders }: FoundValue, revoked: number): string {
  if (holders.length > 0) return "NOT CONTAINED: nothing of it can be contained from here.";
  if (hits.length === 0) return "NOT CONTAINED: no key was recognised.";
  return revoked > 0
    ? "No secret here holds it. What GitHub was asked to end may still work for a moment."
    : "NOT CONTAINED: no secret here holds it. It lives until it is ended at its vendor.";
}

function foundJson({ holders, unmatched, unread }: FoundValue): object {
  return {
    secrets: holders.map(({ secret, versions, hindrance }) => ({
      ...{ secret: secret.name, arn: secret.arn, versions },
      ...(hindrance !== undefined && { hindrance }),
    })),
    unmatched: unmatched.map(({ kind, title }) => ({ kind, title })),
    unread,
  };
}
