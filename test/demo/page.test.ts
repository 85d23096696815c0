import { expect, test } from "vitest";
import type { Line } from "../../services/demo/narrate.js";
import { Page, short, width } from "../../services/demo/page.js";

const line: Line = {
  ...{ step: "createSecret", begins: true, words: "seen refused", asked: "GET /x → 401" },
  ...{ handle: "sha256:01d0000000", live: 1, tone: "good", why: "dead-first" },
};

function written(colour: boolean, tell: (page: Page) => void): string[] {
  let text = "";
  tell(new Page((more) => (text += more), colour));
  return text.split("\n").slice(0, -1);
}

test("handles are cut to what tells them apart, other text is not", () => {
  expect(["sha256:01d0000000", "mk_1BrdXyz", "", "app"].map(short)).toEqual([
    "sha256:01d0…",
    "mk_1Brd…",
    "",
    "app",
  ]);
});

test("a reason is given below the first line that it explains, and no more", () => {
  const lines = written(false, (page) => page.rows([line, { ...line, begins: false }]));
  expect(lines).toHaveLength(3);
  expect(lines[0]).toMatch(/^ {3}createSecret {2}seen refused +GET \/x → 401 +sha256:01d0… 1 live$/);
  expect(lines[1]).toMatch(/Only what the vendor refuses counts as dead/);
  expect(lines[2]).toMatch(/^ {17}seen refused/);
});

test("a function's message is shown in full, and nothing is wider than the page", () => {
  const message = Array.from({ length: 60 }, (_, index) => `word${index}`).join(" ");
  const lines = written(false, (page) => {
    page.rows([{ ...line, message }]);
    page.fact(message, "bad", 2);
    page.section("A title");
  });
  expect(lines.join(" ").replaceAll(/ +/g, " ")).toContain(message);
  expect(Math.max(...lines.map((one) => one.length))).toBe(width);
});

test("colours only on request, and they add nothing else", () => {
  const tell = (page: Page) => {
    page.section("A title");
    page.head("a head", "wait");
    page.rows([line, { ...line, tone: "bad" }]);
    page.fact("a fact", "good", 1);
  };
  const [plain, coloured] = [written(false, tell), written(true, tell)];
  const escapes = new RegExp(`${String.fromCharCode(27)}\\[[\\d;]*m`, "g");
  expect(plain.join("\n")).not.toMatch(escapes);
  expect(coloured.join("\n")).toMatch(escapes);
  expect(coloured.map((one) => one.replaceAll(escapes, ""))).toEqual(plain);
});
