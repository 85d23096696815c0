import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Fault } from "../../services/sandbox/faults.js";
import { startBench } from "./bench.js";
import { kinds, only, quick, refusal, serviceOf, toSteady } from "./refusal.js";
import type { Staged } from "./staged.js";
import { broughtTo, meetAt, requests, states } from "./vendor-requests.js";

/** What a vendor, or what stands between, may answer; and the code it ends in unless `exceptions` knows better. */
const troubles: readonly [string, Fault, string][] = [
  ["401", { kind: "status", status: 401 }, "admin_rejected"],
  ["403", { kind: "status", status: 403 }, "admin_rejected"],
  ["404", { kind: "status", status: 404 }, "config_invalid"],
  ["409", { kind: "status", status: 409 }, "unavailable"],
  ["422", { kind: "status", status: 422 }, "config_invalid"],
  ["429", { kind: "throttle" }, "rate_limited"],
  ["500", { kind: "status", status: 500 }, "unavailable"],
  ["502 in HTML", { kind: "html", status: 502 }, "unavailable"],
  ["503", { kind: "status", status: 503 }, "unavailable"],
  ["200 in HTML", { kind: "html", status: 200 }, "unexpected"],
  ["200 of another shape", { kind: "status", status: 200, body: { ok: true } }, "unexpected"],
  ["a redirect", { kind: "redirect", location: "to the other vendor" }, "unexpected"],
  ["no answer at all", { kind: "hang" }, "unavailable"],
  ["a connection that ends", { kind: "refuse" }, "unavailable"],
];
/** On reads alone it changes nothing. */
const halfClosed: (typeof troubles)[number] = ["half an answer", { kind: "half-close" }, "unavailable"];

/**
 * Where a status is the vendor's verdict on the key, or says that there is nothing left to end. `undefined`: no error,
 * the step goes on as after any such verdict.
 */
const exceptions: Readonly<Record<string, string | undefined>> = {
  // Ended already, GitHub says; but it still accepts the token.
  "github end 401": "previous_alive",
  "github watch 401": undefined,
  "github watch 403": "previous_alive",
  "github test 401": "key_rejected",
  "github test 403": undefined,
  "github verify 401": "key_rejected",
  "github verify 403": undefined,
  "stripe watch 401": undefined,
  "stripe watch 403": "previous_alive",
  "stripe test 401": "key_rejected",
  "stripe test 403": undefined,
  "stripe verify 401": "key_rejected",
  "stripe verify 403": undefined,
  // Gone already, GitHub says; but the key still logs in.
  "deployKey end 404": "previous_alive",
  // What cannot be disabled is deleted all the same.
  "webhook disable 401": undefined,
  "webhook disable 403": undefined,
  "webhook disable 404": undefined,
  "webhook disable 422": undefined,
  "webhook disable 200 of another shape": undefined,
  // A note that cannot be written must not keep a key alive.
  "stripe note 401": undefined,
  "stripe note 403": undefined,
  "stripe note 404": undefined,
  "stripe note 422": undefined,
  "stripe note 200 of another shape": undefined,
};

describe.each(kinds)("%s", (vendor) => {
  const reached = states.filter((state) => requests[vendor][state]);
  describe.each(reached)("%s", (state) => {
    let bench: Awaited<ReturnType<typeof startBench>>;
    let rotation: Staged;
    beforeAll(async () => {
      bench = await toSteady(await startBench({ ...quick, providers: only(vendor) }), [vendor]);
      rotation = await broughtTo(state, bench, vendor);
    });
    afterAll(() => bench.close());

    describe.each(requests[vendor][state] ?? [])("$what ($operation in $step)", (asked) => {
      const reads = asked.operation.startsWith("GET ");
      const cases = [...troubles, ...(reads ? [halfClosed] : [])]
        .map(([name, fault, usual]): [string, string | undefined, Fault] => {
          const exception = `${vendor} ${asked.what} ${name}`;
          return [name, exception in exceptions ? exceptions[exception] : usual, fault];
        })
        .flatMap(([name, code, fault]): [string, string, Fault][] => (code ? [[name, code, fault]] : []));

      it.each(cases)("%s is %s and changes nothing", async (_, code, fault) => {
        const standing = async () => {
          const { live, ...rest } = await bench.snapshot(bench[vendor]);
          return asked.stopped ? rest : { ...rest, live };
        };
        const before = await standing();
        const from = bench.sandbox.journal.last;
        meetAt(bench, vendor, asked, fault);
        try {
          // What never comes is waited for in real time. Who has 10 s left asks nothing twice: how often it is asked with
          // more is below.
          const changes = fault.kind === "hang" ? { requestTimeoutMs: 60 } : {};
          const left = code === "unavailable" || code === "rate_limited" ? 10 : 60;
          expect((await refusal(bench, () => rotation.run(asked.step, changes, left))).code).toBe(code);
        } finally {
          bench.sandbox.faults.clear();
        }
        expect(await standing()).toEqual(before);
        const seen = bench.sandbox.journal.since(from).filter((entry) => entry.kind === "request");
        const other = serviceOf(vendor) === "github" ? "stripe" : "github";
        expect(seen.map(({ service }) => service)).not.toContain(other);
      });
    });

    // What a limit asks for, and what the step has left. It keeps 10 s for itself, and begins nothing that takes longer.
    it.each([
      [5, 60],
      [5, 20],
      [3600, 60],
    ])(
      "a limit of %i s, %i s before the step's end, is kept within the step; no key is asked for twice",
      async (limit, left) => {
        for (const asked of requests[vendor][state] ?? []) {
          const fault = { kind: "status", status: 429, headers: { "retry-after": String(limit) } } as const;
          meetAt(bench, vendor, asked, fault);
          const { timeline, journal } = bench.sandbox;
          const [from, began] = [journal.last, timeline.now().getTime()];
          const { code } = await refusal(bench, () => rotation.run(asked.step, {}, left));
          const seconds = (timeline.now().getTime() - began) / 1000;
          bench.sandbox.faults.clear();
          const tries = journal
            .since(from)
            .filter((entry) => entry.kind === "request" && entry.error === "status").length;
          const most = asked.what === "mint" ? 1 : Math.min(4, 1 + Math.floor((left - 10) / limit));
          expect({ what: asked.what, code, tries, inTime: seconds <= left - 10 }).toEqual({
            ...{ what: asked.what, code: "rate_limited", tries: most, inTime: true },
          });
          expect(seconds).toBeGreaterThanOrEqual((most - 1) * limit);
        }
      },
    );

    it("after all this the same rotation succeeds", async () => {
      await rotation.runAll();
      expect((await bench.labels(bench[vendor]))[rotation.token]).toContain("AWSCURRENT");
      expect(bench.handles(bench[vendor], "live")).toHaveLength(2);
    });
  });
});
