import { readFile } from "node:fs/promises";
import { expect, onTestFinished, test } from "vitest";
import * as z from "zod/mini";
import { faultKinds } from "../../services/sandbox/faults.js";
import { startSandbox } from "../../services/sandbox/sandbox.js";

const page = await readFile(new URL("../../docs/sandbox.md", import.meta.url), "utf8");

/** What the page says of JSON values that are different each time. */
function shapeOf(text: string): unknown {
  const shape = (value: unknown): unknown => {
    if (Array.isArray(value)) return [];
    if (typeof value !== "object" || value === null) return typeof value;
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, shape(inner)]));
  };
  return shape(JSON.parse(text));
}

test("every curl line of docs/sandbox.md is answered in the shape it shows", async () => {
  const sandbox = await startSandbox({ moving: true });
  onTestFinished(sandbox.close);
  const lines = [...page.matchAll(/^curl (?:-H "\$json" -d '(.*)' )?"?\$control(\/[^\s"]*)"?\n# (\{.*)$/gm)];
  expect(lines.length).toBe(page.match(/^curl /gm)?.length);
  for (const [line, body, path, shown = ""] of lines) {
    const init = body ? { method: "POST", headers: { "content-type": "application/json" }, body } : {};
    const answer = await fetch(`${sandbox.urls.control}${path}`, init);
    expect(answer.status, line).toBe(200);
    expect(shapeOf(await answer.text()), line).toEqual(shapeOf(shown));
  }
});

test("docs/sandbox.md shows every kind of fault as it is accepted, and no other", async () => {
  const sandbox = await startSandbox();
  onTestFinished(sandbox.close);
  const shown = [...page.matchAll(/^\| `(\{"kind":.*?\})` \|/gm)].map(([, fault = ""]) =>
    z.looseObject({ kind: z.string() }).parse(JSON.parse(fault)),
  );
  expect(shown.map(({ kind }) => kind)).toEqual(faultKinds);
  for (const fault of shown) sandbox.faults.add({ service: "stripe", fault });
});
