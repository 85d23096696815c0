import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Fault } from "../../services/sandbox/faults.js";
import { startBench } from "./bench.js";
import { only, quick, refusal, toSteady, vendors } from "./refusal.js";
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
  // A note that cannot be written must not keep a key alive.
  "stripe note 401": undefined,
  "stripe note 403": undefined,
  "stripe note 404": undefined,
  "stripe note 422": undefined,
  "stripe note 200 of another shape": undefined,
};

describe.each(vendors)("%s", (vendor) => {
  describe.each(states)("%s", (state) => {
    let bench: Awaited<ReturnType<typeof startBench>>;
    let rotation: Staged;
    beforeAll(async () => {
      bench = await toSteady(await startBench({ ...quick, providers: only(vendor) }), [vendor]);
      rotation = await broughtTo(state, bench, vendor);
    });
    afterAll(() => bench.close());

    describe.each(requests[vendor][state])("$what ($operation in $step)", (asked) => {
      const reads = asked.operation.startsWith("GET ");
      const cases = [...troubles, ...(reads ? [halfClosed] : [])]
        .map(([name, fault, usual]): [string, string | undefined, Fault] => {
          const exception = `${vendor} ${asked.what} ${name}`;
          return [name, exception in exceptions ? exceptions[exception] : usual, fault];
        })
        .flatMap(([name, code, fault]): [string, string, Fault][] => (code ? [[name, code, fault]] : []));

      it.each(cases)("%s is %s and changes nothing", async (_, code, fault) => {
        const before = await bench.snapshot(bench[vendor]);
        const from = bench.sandbox.journal.last;
        meetAt(bench, vendor, asked, fault);
        try {
          expect((await refusal(bench, () => rotation.run(asked.step))).code).toBe(code);
        } finally {
          bench.sandbox.faults.clear();
        }
        expect(await bench.snapshot(bench[vendor])).toEqual(before);
        const seen = bench.sandbox.journal.since(from).filter((entry) => entry.kind === "request");
        expect(seen.map(({ service }) => service)).not.toContain(vendor === "github" ? "stripe" : "github");
      });
    });

    it("after all this the same rotation succeeds", async () => {
      await rotation.runAll();
      expect((await bench.labels(bench[vendor]))[rotation.token]).toContain("AWSCURRENT");
      expect(bench.handles(bench[vendor], "live")).toHaveLength(2);
    });
  });
});
