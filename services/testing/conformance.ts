import { type Probe, withBench } from "./bench.js";
import { Breach, BrokenPromise, type Check } from "./check.js";
import { obeyed } from "./checks/abort.js";
import { closed } from "./checks/config.js";
import * as facts from "./checks/facts.js";
import { truthful } from "./checks/fake.js";
import * as find from "./checks/find.js";
import { declared } from "./checks/hosts.js";
import * as key from "./checks/key.js";
import { lostMint, oneKey } from "./checks/make.js";
import { untouched } from "./checks/others.js";
import { generated, lostRegistration, registeredTwice } from "./checks/register.js";
import * as retire from "./checks/retire.js";
import * as judges from "./checks/trials.js";
import * as verify from "./checks/verify.js";
import { codeIn } from "./outcome.js";
import { type PromiseId, promises } from "./promises.js";
import type { NotChecked, Subject } from "./subject.js";
import { runTrials, type Trials } from "./trials.js";

/** How a promise is checked on a bench of its own; by what the trials came to; or why it is not. */
type How = Probe | { readonly judge: judges.Judge } | NotChecked;

/**
 * Every promise of the provider contract, to be checked of one provider against its vendor's fake, over HTTP on loopback.
 * The checks stand alone and run in any order, one at a time: they listen to the console and watch the process's sockets.
 *
 * ```ts
 * for (const { name, run } of conformance(subject)) it(name, run);
 * ```
 */
export function conformance(subject: Subject): readonly Check[] {
  let trials: Promise<Trials> | undefined;
  const tried = () => {
    trials ??= runTrials(subject);
    return trials;
  };
  return Object.entries(waysFor(subject)).map(([id, how]) => {
    const text = textOf(id);
    const notChecked = "notChecked" in how ? how.notChecked : undefined;
    const title = `${id}: ${text.promise}`;
    return {
      ...{ id, ...text, name: notChecked === undefined ? title : `${title} (not checked: ${notChecked})` },
      ...(notChecked !== undefined && { notChecked }),
      run: async () => {
        try {
          if ("judge" in how) how.judge(await tried(), subject);
          else if (typeof how === "function") await withBench(subject, how);
        } catch (thrown) {
          throw new BrokenPromise(id, text.promise, sawOf(thrown), text.why);
        }
      },
    };
  });
}

function waysFor({ provider, narrow, paging }: Subject): Partial<Record<PromiseId, How>> {
  const generates = provider.origin === "generated";
  const lists = provider.facts.bound === undefined;
  const unlisted = {
    notChecked: "the provider has no find(); its weaker bound is checked by make.one and make.lost",
  };
  return {
    fake: truthful,
    config: closed,
    ...(generates
      ? { generate: generated, "register.twice": registeredTwice, "register.lost": lostRegistration }
      : { "make.one": oneKey, "make.lost": lostMint }),
    "key.shape": key.shape,
    "key.handle": provider.handleOf ? key.handle : { notChecked: "the provider has no handleOf()" },
    "key.recognised": provider.recognition
      ? key.recognised
      : { notChecked: "the provider does not say how its keys look" },
    "verify.life": verify.life,
    "verify.narrow": "notChecked" in narrow ? narrow : verify.narrow,
    "verify.proof": verify.proof,
    "retire.twice": retire.twice,
    "retire.handle": lists ? retire.byHandle : unlisted,
    "find.labels": lists ? find.labels : unlisted,
    "find.pages": !lists ? unlisted : "notChecked" in paging ? paging : find.pages,
    others: untouched,
    network: { judge: judges.network },
    status: { judge: judges.status },
    shape: { judge: judges.shape },
    limits: { judge: judges.limits },
    errors: { judge: judges.errors },
    secrets: { judge: judges.secrets },
    hosts: declared,
    abort: obeyed,
    time: { judge: judges.time },
    "facts.settle": facts.settle,
    "facts.death": facts.death,
    "facts.end": facts.end,
  };
}

function textOf(id: string) {
  const text = Object.entries(promises).find(([name]) => name === id)?.[1];
  if (!text) throw new TypeError(`no promise ${id}`);
  return text;
}

/** What a check saw. Of errors that are not ours only the name: they may hold anything. */
function sawOf(thrown: unknown): string {
  if (thrown instanceof Breach) return thrown.message;
  if (codeIn(thrown) !== undefined && thrown instanceof Error)
    return `a verb failed undisturbed: ${thrown.message}`;
  const name = thrown instanceof Error ? thrown.name : typeof thrown;
  const where =
    thrown instanceof Error ? (thrown.stack?.match(/\n\s+at [^\n]*/g) ?? []).slice(0, 3).join("") : "";
  return `a verb, or the fake, threw ${name}, which is no ProviderError${where}`;
}
