import { expect, it, vi } from "vitest";
import { mintRequest, openBench } from "./bench.js";

/** Set before anything is imported: Octokit takes hold of the console's functions while it loads. */
const printed = vi.hoisted(() => {
  const lines: unknown[][] = [];
  for (const name of ["log", "info", "warn", "error", "debug"] as const) {
    vi.spyOn(console, name).mockImplementation((...parts: unknown[]) => {
      lines.push(parts);
    });
  }
  return lines;
});

it("prints nothing, neither of a deprecation nor of a wrong clock", async () => {
  const bench = await openBench();
  try {
    const github = await bench.connect({ ahead: 7200 });
    const key = await github.make(mintRequest());
    expect(bench.served.requests).toHaveLength(2);
    const headers = { deprecation: "true", sunset: "tomorrow", link: '<https://x.test>; rel="deprecation"' };
    bench.served.answer(() => ({ status: 200, headers, body: { total_count: 0, repositories: [] } }));
    expect(await github.verify(key)).toBe("accepted");
    expect(printed).toEqual([]);
  } finally {
    await bench.served.close();
  }
});
