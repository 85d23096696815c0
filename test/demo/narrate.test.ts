import { describe, expect, test } from "vitest";
import { concerns, narrate, outcomeOf } from "../../services/demo/narrate.js";
import type { Subject } from "../../services/demo/requests.js";
import type { JournalEntry, JournalLine } from "../../services/sandbox/parts.js";
import {
  aws,
  begins,
  ends,
  fresh,
  github,
  journal,
  now,
  old,
  ordinary,
  paths,
  rotation,
  secret,
} from "./entries.js";

const subject: Subject = {
  ...{ secret, service: "github", current: now, previous: old },
  ...{ known: new Set([old, now]), ended: [old] },
};
const said = (entries: readonly JournalEntry[], about = subject) =>
  narrate(entries, about).map(({ step, begins: first, words, asked, handle = "", live }) =>
    [first ? step : "", words, asked, handle, live ?? ""].join("|"),
  );

test("an ordinary rotation: every exchange with the vendor, every write, and the step that asks nothing", () => {
  expect(said(journal(ordinary))).toEqual([
    `createSecret|ends the previous key|DELETE /installation/token → 204|${old}|1`,
    `|seen refused|GET /installation/repositories → 401|${old}|1`,
    `|makes the new key|POST /app/…/access_tokens → 201|${fresh}|2`,
    "|stored as AWSPENDING|PutSecretValue → 200||",
    "setSecret|nothing to set|no request||",
    `testSecret|the new key works|GET /installation/repositories → 200|${fresh}|2`,
    `finishSecret|it still works|GET /installation/repositories → 200|${fresh}|2`,
    "|moves AWSCURRENT to it|UpdateSecretVersionStage → 200||",
  ]);
});

test("every entry is needed: without any one of them, reads and outcomes apart, something else is said", () => {
  const whole = said(journal(ordinary));
  for (const [index, entry] of ordinary.entries()) {
    const isRead = entry.kind === "request" && /^(Describe|Get)/.test(entry.operation);
    const isEnd = entry.kind === "invocation" && entry.phase === "end" && entry.step !== "setSecret";
    const unsaid = isRead && entry.service === "secretsmanager";
    if (unsaid || isEnd || entry.kind === "rotation") continue;
    const without = ordinary.filter((_, other) => other !== index);
    expect(said(journal(without)), `without ${JSON.stringify(entry)}`).not.toEqual(whole);
  }
});

describe("what was otherwise is said otherwise", () => {
  /** The line of the ordinary rotation that is replaced, what stands there instead, and what is said of that. */
  const altered: readonly [string, number, JournalLine, string, "plain" | "bad"][] = [
    [
      "the old key is accepted to the last",
      5,
      github(paths.ask, 200, old, [now, old]),
      "STILL ACCEPTED",
      "bad",
    ],
    ["... though it lacks a permission", 5, github(paths.ask, 403, old, [now, old]), "STILL ACCEPTED", "bad"],
    ["no verdict on the old key", 5, github(paths.ask, 500, old, [now]), "NO VERDICT", "bad"],
    ["the old key was dead already", 4, github(paths.end, 401, old, [now]), "ended already", "plain"],
    ["the current key is ended", 4, github(paths.end, 204, now, []), "ENDS THE CURRENT KEY", "bad"],
    ["some other key is ended", 4, github(paths.end, 204, "sha256:0", [now]), "ends a key", "plain"],
    ["the current key is refused", 5, github(paths.ask, 401, now, []), "CURRENT KEY REFUSED", "bad"],
    ["no key is made", 6, github(paths.mint, 403, "app", [now]), "NO KEY MADE", "bad"],
    ["a third key is made", 6, github(paths.mint, 201, "app", [old, now, fresh]), "TOO MANY KEYS", "bad"],
    ["the new key is refused", 13, github(paths.ask, 401, fresh, [now]), "NEW KEY REFUSED", "bad"],
    ["the value is not stored", 7, aws("PutSecretValue", "AccessDeniedException"), "AWS FAILS", "bad"],
    ["another version is written", 7, aws("PutSecretValue", undefined, "other"), "stores a copy", "bad"],
    ["a read fails", 2, aws("DescribeSecret", "ThrottlingException"), "AWS FAILS", "bad"],
    [
      "AWSCURRENT does not move",
      17,
      aws("UpdateSecretVersionStage", "InvalidParameterException"),
      "AWS FAILS",
      "bad",
    ],
    ["an unknown request", 4, github("GET /meta", 200, "app", [now]), "asks the vendor", "plain"],
    ["an end is noted", 4, github("POST /v2/iam/api_keys/{id}", 200, "app", [now]), "disarms it", "plain"],
  ];
  test.each(altered)("%s", (_name, index, entry, words, tone) => {
    const before = narrate(journal(ordinary), subject).map((line) => line.words);
    const lines = narrate(journal(ordinary.with(index, entry)), subject);
    expect(before).not.toContain(words);
    expect(lines.filter((line) => line.words === words).map((line) => line.tone)).toEqual([tone]);
  });

  test.each([
    ["refuse", 0, "NO ANSWER", "POST /app/…/access_tokens → none (refuse)"],
    ["status", 503, "FAILS", "POST /app/…/access_tokens → 503 (status)"],
    ["lose", 201, "FAILS", "POST /app/…/access_tokens → 201 (lose)"],
  ])(
    "a request that meets the fault %s, and the function's message in full",
    (error, status, words, asked) => {
      const message = "unavailable: expected an answer; found none. Nothing to do.";
      // Met by a fault, it is journalled by its path.
      const operation = "POST /app/installations/50000001/access_tokens";
      const failed = journal([
        ...ordinary.slice(0, 6),
        { kind: "request", service: "github", operation, status, error, live: [now] },
        ends("createSecret", message),
      ]);
      const [meets, ends_] = narrate(failed, subject).slice(-2);
      expect(meets).toMatchObject({ words, asked, live: 1, tone: "bad" });
      expect(ends_).toMatchObject({ step: "createSecret", words: "FAILED", message, tone: "bad" });
    },
  );
});

describe("waiting for a key to die", () => {
  const stripe = (status: number, seconds: number) => ({
    ...({ kind: "request", service: "stripe", operation: "GET /v1/customers" } as const),
    ...{ status, credential: "mk_old", live: status === 401 ? ["mk_now"] : ["mk_old", "mk_now"], seconds },
  });
  const expire = (status: number): JournalLine => ({
    ...{ kind: "request", service: "stripe", operation: "POST /v2/iam/api_keys/{id}/expire", status },
    ...{ credential: "app", live: ["mk_old", "mk_now"] },
  });
  const about: Subject = {
    ...{ secret, service: "stripe", current: "mk_now", previous: "mk_old" },
    ...{ known: new Set(["mk_old", "mk_now"]), ended: ["mk_old"] },
  };
  const asks = [stripe(200, 0), stripe(200, 1), stripe(200, 3)];

  test("equal answers make one line; the refusal says how long it took, by the sandbox's clock", () => {
    const entries = journal([begins("createSecret"), expire(200), ...asks, stripe(401, 6)]);
    expect(said(entries, about)).toEqual([
      "createSecret|ends the previous key|POST /v2/iam/api_keys/{id}/expire → 200|mk_old|2",
      "|still accepted: waits|GET /v1/customers → 200 ×3|mk_old|2",
      "|refused after 6 s|GET /v1/customers → 401|mk_old|1",
    ]);
  });

  test("never refused, it is not said to wait; which key Stripe ended is not guessed", () => {
    const entries = journal([begins("createSecret"), expire(200), ...asks]);
    expect(said(entries, { ...about, ended: ["mk_old", "mk_other"] })).toEqual([
      "createSecret|ends a key|POST /v2/iam/api_keys/{id}/expire → 200||2",
      "|STILL ACCEPTED|GET /v1/customers → 200 ×3|mk_old|2",
    ]);
  });
});

test("a second try names its steps again, and one that finds all done says so", () => {
  const twice = journal([
    ...ordinary.slice(0, 8),
    ends("createSecret", "store_unavailable: …"),
    begins("createSecret"),
    aws("DescribeSecret"),
    ends("createSecret"),
  ]);
  expect(said(twice).slice(-2)).toEqual([
    "|FAILED|the function threw||",
    "createSecret|nothing left to do|reads only||",
  ]);
});

test("what others ask between the steps or as someone else is not the function's", () => {
  const reader: JournalLine = { ...aws("PutSecretValue"), ...{ credential: "keyturn-sandbox" } };
  const use = github(paths.ask, 200, now, [now]);
  expect(said(journal([use, begins("testSecret"), reader, ends("testSecret"), use]))).toEqual([
    "testSecret|asks nothing|no request||",
  ]);
});

test("which entries concern a secret, and how its rotation ended", () => {
  const lost: JournalLine = {
    kind: "request",
    service: "secretsmanager",
    operation: "x",
    status: 0,
    error: "refuse",
  };
  const others: readonly JournalLine[] = [
    { ...rotation("failed"), secret: "app/other" },
    { ...aws("DescribeSecret"), secret: "app/other" },
    { kind: "request", service: "stripe", operation: "GET /v1/customers", status: 200 },
    {
      ...{ kind: "delivery", group: "default", schedule: "other", scheduledTime: "2026-11-21T10:00:00Z" },
      ...{ attempt: 1, outcome: "delivered" },
    },
  ];
  const mine = journal([...ordinary, lost]);
  expect(mine.filter((entry) => concerns(entry, subject))).toEqual(mine);
  expect(journal(others).filter((entry) => concerns(entry, subject))).toEqual([]);
  expect(outcomeOf(mine)).toBe("succeeded");
  expect(outcomeOf(journal([rotation("started"), rotation("failed")]))).toBe("failed");
  expect(outcomeOf(journal(ordinary.slice(0, -1)))).toBe("open");
  expect(outcomeOf([])).toBe("open");
});
