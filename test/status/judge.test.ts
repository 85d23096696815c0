import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { claimLabel } from "../../services/rotation/claims.js";
import { leakMark } from "../../services/rotation/labels.js";
import type { Facts } from "../../services/status/facts.js";
import { byUrgency, isTroubled, judge } from "../../services/status/judge.js";
import { troubleLevels } from "../../services/status/status.js";
import {
  ago,
  ahead,
  facts,
  held,
  history,
  hour,
  key,
  marked,
  minute,
  paused,
  pending,
  rows,
  stages,
} from "./rows.js";

describe("what is said when", () => {
  it.each(rows)("%s", (_, given, codes, next) => {
    const { troubles, state, level } = judge(given);
    expect(troubles.map(({ code }) => code)).toEqual(codes);
    expect(troubles[0]?.next ?? "").toMatch(
      typeof next === "string" ? new RegExp(`^${next.replaceAll(/[/.]/g, "\\$&")}$`) : next,
    );
    const unseen: readonly string[] = ["schedule_unknown", "values_withheld"];
    expect(state).toBe(codes.find((code) => !unseen.includes(code)) ?? "ok");
    expect(level).toBe(codes[0] ? troubleLevels[codes[0]] : "ok");
  });

  it("anything: each has a row here, and one in the docs", async () => {
    const docs = await readFile(new URL("../../docs/status.md", import.meta.url), "utf8");
    const codes = Object.keys(troubleLevels);
    expect([...new Set(rows.flatMap(([, , said]) => said))].sort()).toEqual([...codes].sort());
    for (const [code, level] of Object.entries(troubleLevels))
      expect(docs).toContain(`| \`${code}\` | ${level} |`);
  });
});

describe("a status", () => {
  it("tells of every key by its role", () => {
    const expiresAt = ahead(5 * hour);
    const end = claimLabel("end", "v0", ahead(minute));
    const status = judge(
      facts({
        view: stages({
          v0: ["AWSPREVIOUS", end],
          v9: [leakMark("v0")],
          v1: ["AWSCURRENT"],
          v2: ["AWSPENDING"],
        }),
        ...held({ v0: key("k0", 90 * minute), v1: key("k1", 30 * minute, expiresAt), v9: key("k9", hour) }),
        ...history(minute),
      }),
    );
    expect(status.versions).toEqual([
      {
        ...{ role: "current", version: "v1", holds: "key", handle: "k1", leaked: false, claims: [] },
        madeAt: ago(30 * minute),
        expiresAt,
      },
      { role: "pending", version: "v2", holds: "nothing", since: ago(minute), leaked: false, claims: [] },
      {
        ...{
          role: "previous",
          version: "v0",
          holds: "key",
          handle: "k0",
          madeAt: ago(90 * minute),
          leaked: true,
        },
        claims: [{ kind: "end", until: ahead(minute) }],
      },
      {
        role: "other",
        version: "v9",
        holds: "key",
        handle: "k9",
        madeAt: ago(hour),
        leaked: false,
        claims: [],
      },
    ]);
  });

  it("counts a leak mark for every version that holds the key, and an overlap from when the current key took its place", () => {
    const copy = judge(
      facts({
        view: marked(leakMark("v1"), "v1"),
        ...held({ v1: key("k1", 30 * minute), v0: key("k1", 30 * minute) }),
      }),
    );
    expect(copy.versions.map(({ leaked }) => leaked)).toEqual([true, true]);
    const [, previous] = judge(facts({ view: { lastRotatedAt: ago(10 * minute) } })).versions;
    expect(previous?.overlapUntil).toEqual(ahead(40 * minute));
  });

  it("is sorted by urgency, then by name; only notes are no trouble", () => {
    const named = (name: string, given: Facts) => judge({ ...given, declared: { ...given.declared, name } });
    const all = [
      named("b", facts()),
      named("a", facts()),
      named("d", facts({ starts: paused() })),
      named("c", facts({ view: pending, ...history(minute) })),
      named("e", facts({ view: { code: "store_missing" } })),
      named("f", facts({ starts: { by: "unknown", code: "scheduler_denied" } })),
    ];
    expect([...all].sort(byUrgency).map(({ secret }) => secret)).toEqual(["e", "d", "c", "a", "b", "f"]);
    expect(all.filter(isTroubled).map(({ secret }) => secret)).toEqual(["d", "e"]);
  });
});
