import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import { expect, it, onTestFinished, vi } from "vitest";
import * as z from "zod/mini";
import { builtin } from "../../providers/index.js";
import { CodedError } from "../../providers/kit/failure.js";
import { Secret } from "../../providers/kit/secret.js";
import { systemClock } from "../../services/clock.js";
import { createHandler, type FunctionOptions } from "../../services/rotation/handler.js";
import { createJournal } from "../../services/sandbox/journal.js";
import { serveFake } from "../providers/serve-fake.js";
import { letOut, shown, shownEarlier } from "./outgoing.js";

/** A key that the check knows because someone made use of it. Ours have such a beginning. */
function revealedKey(): string {
  return new Secret(`whsec_${randomBytes(24).toString("hex")}`).reveal();
}

const explanation = { expected: "a test", found: "nothing", next: "Nothing to do." };

/** A function that is called with no event at all. */
async function callFunction(id: string, changes: Partial<FunctionOptions> = {}): Promise<unknown> {
  const [provider] = builtin;
  if (!provider) throw new TypeError("there is no provider");
  const log = () => undefined;
  const options = { declarations: {}, clock: systemClock, aws: {}, requestTimeoutMs: 1, log, ...changes };
  const context = { getRemainingTimeInMillis: () => 1 };
  return createHandler({ ...provider, id: `x/${id}` }, options)({}, context).catch((error: unknown) => error);
}

/** A function that throws what it should not: its clock throws it. */
async function throwing(thrown: Error): Promise<void> {
  const clock = {
    ...systemClock,
    monotonic: () => {
      throw thrown;
    },
  };
  expect(await callFunction("y", { clock })).toBe(thrown);
}

/** What this stream is given is not printed. */
function silenced(stream: Writable): void {
  const written = vi.spyOn(stream, "_write").mockImplementation((_chunk, _encoding, done) => done());
  onTestFinished(() => written.mockRestore());
}

const streams = z.object({ _stdout: z.instanceof(Writable), _stderr: z.instanceof(Writable) }).parse(console);

/** By the name that the check gives it: a way out that a key takes. */
const ways: Readonly<Record<string, (key: string) => unknown>> = {
  "a function's log": (key) => callFunction(key),
  "what a function threw": (key) => {
    const error = new CodedError("hidden", false, explanation);
    expect(shown()).toEqual([]);
    Object.defineProperty(error, "request", { value: { headers: { key } } });
    return throwing(error);
  },
  "the error planted": (found) => new CodedError("planted", false, { ...explanation, found }),
  "the error with_cause": (key) => {
    const cause = new AggregateError([new Error("no", { cause: { deep: [{ key }] } })]);
    return Object.assign(new CodedError("with_cause", false, explanation), { cause });
  },
  "the journal": (key) => {
    const journal = createJournal({ now: () => new Date() });
    journal.record({ kind: "request", service: "github", operation: `GET /${key}`, status: 200 });
    expect(journal.since(0)).toHaveLength(1);
  },
  "a URL": async (key) => {
    const { url, close } = await serveFake({ handle: () => ({ status: 204 }) });
    onTestFinished(close);
    await fetch(`${url}/path?key=${key}`);
  },
  "a snapshot": async (key) => {
    const folder = await mkdtemp(join(tmpdir(), "keyturn-snapshot-"));
    onTestFinished(() => rm(folder, { recursive: true }));
    await writeFile(join(folder, "known"), key);
    await expect(key).toMatchFileSnapshot(join(folder, "known"));
  },
  "console.info": (key) => {
    silenced(streams._stdout);
    // biome-ignore lint/suspicious/noConsole: this is what is looked at
    console.info("%o", { key });
  },
  "console.error": (key) => {
    silenced(streams._stderr);
    // biome-ignore lint/suspicious/noConsole: this is what is looked at
    console.error("no", new Error(key));
  },
  stdout: (key) => {
    silenced(process.stdout);
    process.stdout.write(key);
  },
  stderr: (key) => {
    silenced(process.stderr);
    process.stderr.write(Buffer.from(key));
  },
  "a warning": (key) => {
    const { noDeprecation = false } = process;
    // Node then prints none of these.
    process.noDeprecation = true;
    process.emit("warning", Object.assign(new Error(key), { name: "DeprecationWarning" }));
    process.noDeprecation = noDeprecation;
  },
};

it.each(Object.entries(ways))("%s is looked at", async (where, out) => {
  await out(revealedKey());
  expect(shown()).toEqual([expect.stringContaining(`${where} shows what a Secret holds (`)]);
});

it.each(["stdout", "stderr"])("a child process's %s is looked at for anything like a key", async (name) => {
  const child = spawn("sh", ["-c", `cat >&${name === "stdout" ? 1 : 2}`]);
  child.stdin.end(`whsec_${randomBytes(24).toString("hex")}`);
  await once(child, "close");
  expect(shown()).toEqual([
    expect.stringContaining(`a child process's ${name} shows a key of a child process`),
  ]);
});

it("what is known to be a secret only afterwards is found afterwards", () => {
  const key = `whsec_${randomBytes(24).toString("hex")}`;
  letOut("here", key);
  expect(shown()).toEqual([]);
  new Secret(key).reveal();
  expect(shownEarlier()).toEqual([expect.stringContaining("here shows what a Secret holds (what is known")]);
});

it.fails("a test that shows a secret fails", () => callFunction(revealedKey()));
