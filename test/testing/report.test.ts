import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { defineProvider } from "../../providers/kit/plug.js";
import { BrokenPromise, conformance, report } from "../../services/testing/index.js";
import { promises } from "../../services/testing/promises.js";
import { definition } from "./acme.js";
import { subject } from "./acme-subject.js";
import { signingSecrets, tokens } from "./subjects.js";

const page = readFileSync(new URL("../../docs/conformance.md", import.meta.url), "utf8");
const broken = {
  ...subject,
  fewStatuses: true as const,
  provider: defineProvider({ ...definition, facts: { settleSeconds: 5, deathSeconds: 0 } }),
};

it("reports each promise, which one broke, what was seen, and why it matters", async () => {
  const { text, ...data } = await report(broken);
  const { why } = promises["facts.death"];
  expect(data.passed).toBe(false);
  expect(data.results.filter(({ outcome }) => outcome === "broken")).toEqual([
    expect.objectContaining({ id: "facts.death", why, saw: expect.stringContaining("0 s (deathSeconds)") }),
  ]);
  expect(text).toMatch(/^acme\/api-key\n/);
  expect(text).toContain(
    `  ✗ facts.death: ${promises["facts.death"].promise}\n      saw: expected a key to be dead`,
  );
  expect(text).toContain(`      why it matters: ${why}\n`);
  expect(text).toContain("  ✓ make.one: ");
  expect(text).toContain("  – key.handle: ");
  expect(text).toContain("not checked: the provider has no handleOf()\n");
  expect(text).toMatch(/\n25 kept, 1 broken, 1 not checked\n$/);
  expect(JSON.parse(JSON.stringify(data))).toEqual(data);
});

it("passes the provider and the fake that docs/conformance.md begins with", async () => {
  const { passed, text } = await report(subject);
  expect(text).toMatch(/\n26 kept, 0 broken, 1 not checked\n$/);
  expect(passed).toBe(true);
});

it("fails a test with an error that names promise and reason, and says in a test's title what is not checked", async () => {
  const checks = conformance(broken);
  const failed = await checks
    .find(({ id }) => id === "facts.death")
    ?.run()
    .catch((thrown: unknown) => thrown);
  expect(failed).toBeInstanceOf(BrokenPromise);
  expect(String(failed)).toContain(promises["facts.death"].why);
  for (const { notChecked, name } of conformance(signingSecrets)) {
    expect(name.includes("(not checked: ")).toBe(notChecked !== undefined);
  }
  const silent = conformance(signingSecrets).filter(({ notChecked }) => notChecked !== undefined);
  expect(silent.map(({ id }) => id)).toEqual(["key.handle", "verify.narrow"]);
});

it("a verb that fails undisturbed is told by its code, and a stranger's error by its name alone", async () => {
  const failing = (thrown: Error) => ({
    ...subject,
    provider: defineProvider({ ...definition, mint: () => Promise.reject(thrown) }),
  });
  const told = async (thrown: Error) =>
    String(
      await conformance(failing(thrown))
        .find(({ id }) => id === "key.shape")
        ?.run()
        .catch((one: unknown) => one),
    );
  expect(await told(new TypeError("words of a stranger"))).toContain(
    "threw TypeError, which is no ProviderError",
  );
  expect(await told(new TypeError("words of a stranger"))).not.toContain("words of a stranger");
});

it("docs/conformance.md has every promise with its reason, in the order in which they are checked", () => {
  const rows = [...page.matchAll(/^\| `([\w.]+)` \| (.*) \| (.*) \|$/gm)].map(([, ...cells]) => cells);
  expect(rows).toEqual(Object.entries(promises).map(([id, { promise, why }]) => [id, promise, why]));
});

it("docs/conformance.md shows the subject that is tested here", () => {
  const shown = /```ts\n(import type \{ Subject \}[\s\S]*?)```/.exec(page)?.[1];
  const tested = readFileSync(new URL("acme-subject.ts", import.meta.url), "utf8");
  expect(shown).toBe(tested.replace("../../services/testing/index.js", "keyturn/testing"));
});

it("checks promises by what a provider is: one that makes keys registers none", () => {
  const ids = (of: typeof tokens) => conformance(of).map(({ id }) => id);
  expect(ids(tokens)).toContain("make.one");
  expect(ids(tokens).filter((id) => /^(register|generate)/.test(id))).toEqual([]);
});
