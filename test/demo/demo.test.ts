import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";

/** Processes that start slowly on a busy machine. Milliseconds. */
const patience = 60_000;
const root = fileURLToPath(new URL("../..", import.meta.url));

/** The built demo, in a process of its own without a terminal. It ends with the test. */
function demo(...args: string[]) {
  const child = spawn(process.execPath, ["dist/services/demo/main.js", ...args], {
    cwd: root,
    // Without this variable it must be as quiet as with it.
    env: { ...process.env, AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: undefined },
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const out = { stdout: "", stderr: "" };
  let control: (url: string) => void = () => undefined;
  const controlUrl = new Promise<string>((resolve) => {
    control = resolve;
  });
  child.stdout.on("data", (chunk) => {
    out.stdout += chunk;
    const [, url] = /^ {2}control +(http:\/\/127\.0\.0\.1:\d+) /m.exec(out.stdout) ?? [];
    if (url) control(url);
  });
  child.stderr.on("data", (chunk) => {
    out.stderr += chunk;
  });
  const ended = once(child, "close").then(() => ({ code: child.exitCode, ...out }));
  return { controlUrl, ended };
}

const count = (text: string, what: RegExp) => [...text.matchAll(new RegExp(what, "gm"))].length;
const keyShaped = /gh[pousr]_|rk_test_|sk_test_|-----BEGIN/;

test(
  "all goes well: every rotation, the old keys refused, 0, and nothing on standard error",
  async () => {
    const { code, stdout, stderr } = await demo().ended;
    expect([code, stderr]).toEqual([0, ""]);
    for (const name of ["AWS", "GitHub", "Stripe", "control"]) {
      expect(stdout).toMatch(new RegExp(`^ {2}${name} +http://127\\.0\\.0\\.1:\\d+ `, "m"));
    }
    expect(stdout).toContain("no account is used");
    expect(count(stdout, /^ \S+ · app\/\S+ · rotation [0-9a-f]{8} · succeeded$/)).toBe(8);
    expect(count(stdout, /^ {3}(createSecret|setSecret|testSecret|finishSecret) /)).toBe(32);
    // GitHub's and Stripe's previous keys in rounds 2 and 3, each seen dead; and at Stripe that took a while.
    expect(count(stdout, /DELETE \/installation\/token → 204 +sha256:.{4}… +1 live$/)).toBe(2);
    expect(count(stdout, /(seen refused|refused after \d+ s) +GET .* → 401/)).toBe(4);
    expect(count(stdout, /still accepted: waits +GET \/v1\/customers → 200 +mk_.{4}… +2 live$/)).toBe(2);
    expect(count(stdout, /disarmed, alive: waits +GET \/v1\/customers → 403 ×\d+ +mk_.{4}… +2 live$/)).toBe(
      2,
    );
    expect(count(stdout, /^ {3}(GitHub|Stripe) +retired .* → 401 +refused$/)).toBe(4);
    expect(count(stdout, /^ {3}(GitHub|Stripe) +(current|previous) .* → 200 +accepted( \(overlap\))?$/)).toBe(
      4,
    );
    expect(count(stdout, /^ {3}yes {2}/)).toBe(4);
    expect(stdout).not.toMatch(/[3-9] live$/m);
    expect(stdout).not.toMatch(/FAILED|STILL ACCEPTED|NO ANSWER/);
    expect(stdout).not.toMatch(keyShaped);
    expect(stdout.includes(String.fromCharCode(27)), "colours without a terminal").toBe(false);
    const lines = stdout.split("\n");
    expect(lines.filter((line) => line.length > 100)).toEqual([]);
    expect(lines.length).toBeLessThan(140);
  },
  patience,
);

test(
  "--stop: the rotation fails with its message, nothing moves, and the same rotation succeeds later",
  async () => {
    const vendors = [
      ["stripe", "Stripe", "POST /v2/iam/api_keys"],
      ["github", "GitHub", "POST /app/…/access_tokens"],
    ] as const;
    const results = await Promise.all(vendors.map(([service]) => demo("--stop", service).ended));
    for (const [index, { code, stdout, stderr }] of results.entries()) {
      const [, vendor = "", mint = ""] = vendors[index] ?? [];
      expect([vendor, code, stderr]).toEqual([vendor, 0, ""]);
      const [, second = ""] = /(── Round 2 [\s\S]*)── Round 3 /.exec(stdout) ?? [];
      const [, token = "", rest = ""] =
        new RegExp(` ${vendor} · app/\\S+ · rotation (\\w+) · not over\\n([\\s\\S]*)`).exec(second) ?? [];
      const inOrder = [
        `NO ANSWER +${mint} → none \\(refuse\\) +1 live`,
        "FAILED",
        "unavailable: expected an answer to POST [\\s\\S]*Nothing\\s+to do if it passes",
        `now: current (\\S+)  previous \\S+ \\(ended\\) .*AWSPENDING on ${token} +1 live`,
        "AWSCURRENT and AWSPREVIOUS are on the versions that had them before",
        `${vendor} +current +\\1 .*→ none \\(refuse\\) +NO ANSWER`,
        `${vendor} is back`,
        `${vendor} +current +\\1 .*→ 200 +accepted`,
        "clock \\+1m",
        `${vendor} · app/\\S+ · rotation ${token}, tried again · succeeded`,
        "now: current \\S+  previous \\1 ",
      ];
      expect(rest).toMatch(new RegExp(inOrder.join("[\\s\\S]*")));
      expect(stdout).toMatch(/^ {3}yes {2}every rotation succeeded: 8 of 8 \(failed tries: 1\)$/m);
      expect(count(stdout, /^ {3}yes {2}/)).toBe(4);
      expect(stdout).not.toMatch(keyShaped);
      expect(stdout.split("\n").filter((line) => line.length > 100)).toEqual([]);
    }
  },
  patience,
);

test(
  "a vendor that someone else stops: the message, the tries, 1, no stack",
  async () => {
    const { controlUrl, ended } = demo();
    const response = await fetch(`${await controlUrl}/faults`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ service: "stripe", times: "always", fault: { kind: "refuse" } }),
    });
    expect(response.status).toBe(200);
    const { code, stdout, stderr } = await ended;
    expect([code, stderr]).toEqual([1, ""]);
    expect(stdout).toMatch(/^ Stripe · app\/\S+ · rotation [0-9a-f]{8}, tried again · FAILED$/m);
    expect(stdout).toMatch(/^ +unavailable: expected an answer to /m);
    expect(stdout).toMatch(/^ {3}NO {3}every rotation succeeded: \d of 8 \(failed tries: 4\)$/m);
    expect(stdout).not.toMatch(/^ +at /m);
    expect(stdout).not.toMatch(keyShaped);
  },
  patience,
);

test(
  "wrong arguments: usage on standard error, 2",
  async () => {
    const wrong = [["--stop"], ["--stop", "aws"], ["--stpo", "stripe"], ["stripe"]];
    const results = await Promise.all(wrong.map((args) => demo(...args).ended));
    for (const [index, result] of results.entries()) {
      expect(result, wrong[index]?.join(" ")).toEqual({
        code: 2,
        stdout: "",
        stderr: "Usage: npm start [-- --stop github|stripe]\n",
      });
    }
  },
  patience,
);
