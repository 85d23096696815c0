import { describe, expect, test } from "vitest";
import { callsPerRotation, claims, secondsTold, type Use, useOf } from "../../services/demo/proof.js";
import { endedBetween, nothingYet, type Standing, standingLine } from "../../services/demo/standing.js";
import type { JournalLine } from "../../services/sandbox/parts.js";
import { aws, ends, fresh, github, journal, now, old, ordinary, paths, rotation, secret } from "./entries.js";

const faulty = (status: number): JournalLine => ({
  ...{ kind: "request", service: "github", operation: paths.ask, status, error: "refuse" },
});

describe("a key in the application's hands", () => {
  const cases: readonly [Use["role"], readonly JournalLine[], string, boolean][] = [
    ["retired", [github(paths.ask, 401, old, [])], "refused", true],
    ["retired", [github(paths.ask, 200, old, [old])], "STILL ACCEPTED", false],
    ["retired", [github(paths.ask, 403, old, [old])], "STILL ACCEPTED", false],
    ["retired", [github(paths.ask, 500, old, [])], "NO VERDICT", false],
    ["previous", [github(paths.ask, 200, old, [old])], "accepted (overlap)", true],
    ["previous", [github(paths.ask, 401, old, [])], "REFUSED", false],
    ["current", [github(paths.ask, 200, old, [old])], "accepted", true],
    ["current", [github(paths.ask, 401, old, [])], "REFUSED", false],
    ["current", [faulty(0)], "NO ANSWER", false],
    ["retired", [faulty(0)], "NO ANSWER", false],
    ["retired", [], "NOT ASKED", false],
    ["retired", [github(paths.ask, 401, now, [])], "NOT ASKED", false],
    ["retired", [{ ...github(paths.ask, 401, old, []), ...{ service: "stripe" } }], "NOT ASKED", false],
  ];
  test.each(cases)("%s, %j: %s", (role, entries, words, holds) => {
    const use = useOf({ service: "github", handle: old }, role, journal(entries));
    expect(use).toMatchObject({ words, holds, tone: holds ? "good" : "bad" });
  });
});

describe("what the journal adds up to", () => {
  const counted = [{ secret, service: "github", vendor: "GitHub" }];
  const use = (role: Use["role"], holds = true): Use => ({
    ...{ service: "github", handle: old, asked: "", words: "", tone: "good", role, holds },
  });
  const whole = [use("retired"), use("previous"), use("current")];
  const held = (lines: readonly JournalLine[], uses: readonly Use[]) =>
    claims(journal(lines), counted, uses, 3).map(({ holds }) => holds);
  const three = [...ordinary, ...ordinary, ...ordinary];

  test("all holds when all is there", () => {
    expect(claims(journal(three), counted, whole, 3)).toEqual([
      { text: "every rotation succeeded: 3 of 3 (failed tries: 0)", holds: true },
      { text: "never more than two keys of a secret were live: at most 2 at GitHub", holds: true },
      { text: "every retired key is refused: 1 of 1", holds: true },
      { text: "every current and previous key is accepted: 2 of 2", holds: true },
    ]);
  });

  const third = github(paths.mint, 201, "app", [old, now, fresh]);
  test.each<[string, readonly JournalLine[], readonly Use[], readonly boolean[]]>([
    ["a rotation is missing", [...ordinary, ...ordinary], whole, [false, true, true, true]],
    ["one failed as well", [...three, rotation("failed")], whole, [false, true, true, true]],
    [
      "a try failed, and the next did not",
      [...three, ends("createSecret", "x")],
      whole,
      [true, true, true, true],
    ],
    ["three keys were live", [...three, third], whole, [true, false, true, true]],
    ["a retired key was accepted", three, [...whole, use("retired", false)], [true, true, false, true]],
    ["no retired key was used", three, whole.slice(1), [true, true, false, true]],
    [
      "the current key was refused",
      three,
      [...whole.slice(0, 2), use("current", false)],
      [true, true, true, false],
    ],
    ["the current key was not used", three, whole.slice(0, 2), [true, true, true, false]],
    ["nothing happened", [], [], [false, true, false, false]],
  ])("%s", (_name, lines, uses, expected) => {
    expect(held(lines, uses)).toEqual(expected);
  });

  test("calls are the function's own, counted from one start to the next", () => {
    const others: readonly JournalLine[] = [
      { ...aws("GetSecretValue"), ...{ credential: "keyturn-sandbox" } },
      { ...aws("GetSecretValue"), ...{ secret: "admin/x" } },
    ];
    const entries = journal([
      aws("DescribeSecret"),
      ...ordinary,
      ...others,
      ...ordinary,
      aws("DescribeSecret"),
    ]);
    expect(callsPerRotation(entries, secret)).toEqual([5, 6]);
  });

  test("time is the sandbox's", () => {
    expect(secondsTold(journal([rotation("started"), { ...rotation("succeeded"), seconds: 90 }]))).toBe(90);
    expect(secondsTold([])).toBe(0);
  });
});

describe("how a secret stands", () => {
  const key = (handle: string, live: boolean, retired = !live) => ({
    ...{ provider: "github/installation-token", label: "", handle, live, retired },
  });
  const usual: Standing = {
    labels: new Map([
      ["AWSCURRENT", "v3"],
      ["AWSPENDING", "v3"],
      ["AWSPREVIOUS", "v2"],
    ]),
    ...{ current: fresh, previous: now, keys: [key(old, false), key(now, true), key(fresh, true)] },
  };
  test.each<[string, Partial<Standing>, string, "good" | "bad", number]>([
    ["all in order", {}, "now: current sha256:f0e5…  previous sha256:c0ff…  retired sha256:01d0…", "good", 2],
    ["nothing yet", nothingYet, "now: current none  previous none", "good", 0],
    [
      "the current key is dead",
      { keys: [key(old, false), key(now, true), key(fresh, false)] },
      "now: current sha256:f0e5… (DEAD)  previous sha256:c0ff…  retired sha256:01d0…",
      ...(["bad", 1] as const),
    ],
    [
      "a retired key lives",
      { keys: [key(old, true), key(now, false), key(fresh, true)] },
      "now: current sha256:f0e5…  previous sha256:c0ff… (ended)  retired sha256:01d0… (STILL LIVE)",
      ...(["bad", 2] as const),
    ],
    [
      "a rotation is under way",
      {
        labels: new Map([
          ["AWSCURRENT", "v3"],
          ["AWSPENDING", "v4-and-more"],
        ]),
      },
      "now: current sha256:f0e5…  previous sha256:c0ff…  retired sha256:01d0…  AWSPENDING on v4-and-m",
      ...(["good", 2] as const),
    ],
  ])("%s", (_name, change, text, tone, live) => {
    expect(standingLine({ ...usual, ...change })).toEqual({ text, tone, live });
  });

  test("ended between two looks: what the vendor's record calls retired now, and did not before", () => {
    const before = { ...usual, keys: [key(old, false), key(now, true)] };
    const after = { ...usual, keys: [key(old, false), key(now, true, true), key(fresh, false)] };
    expect(endedBetween(before, after)).toEqual([now, fresh]);
  });
});
