import { open } from "node:fs/promises";
import { createInterface } from "node:readline/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { ReadStream } from "node:tty";

/**
 * All of standard input, up to `most` bytes and a little: what is longer is not read to its end. What is pasted on a terminal is not shown;
 * Ctrl-D ends it.
 */
export async function readInput(most: number): Promise<Uint8Array> {
  const { stdin } = process;
  // Not by lines: a terminal's line has 4096 characters at most.
  const isTerminal = stdin.isTTY === true;
  if (isTerminal) {
    process.stderr.write("Paste what leaked, then press Ctrl-D. Nothing is shown.\n");
    stdin.setRawMode(true);
  }
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of stdin) {
      const bytes = Buffer.from(chunk);
      const end = isTerminal ? bytes.findIndex((byte) => byte === ctrlC || byte === ctrlD) : -1;
      chunks.push(end < 0 ? bytes : bytes.subarray(0, end));
      length += bytes.byteLength;
      if (bytes[end] === ctrlC) {
        process.kill(process.pid, "SIGINT");
        // The signal comes a moment later, and is what ends the command.
        await sleep(1000);
      }
      if (end >= 0 || length > most) break;
    }
  } finally {
    if (isTerminal) stdin.setRawMode(false);
  }
  const all = Buffer.concat(chunks);
  // A terminal sends only the first half of each line's end.
  return isTerminal ? all.map((byte) => (byte === 13 ? 10 : byte)) : all;
}

const ctrlC = 3;
const ctrlD = 4;

/** What somebody types at the terminal, though standard input is not it; undefined where nobody is there to ask. */
export async function ask(question: string): Promise<string | undefined> {
  if (!process.stderr.isTTY) return undefined;
  const terminal = await open("/dev/tty", "r").catch(() => undefined);
  if (!terminal && !process.stdin.isTTY) return undefined;
  const input = terminal ? new ReadStream(terminal.fd) : process.stdin;
  const lines = createInterface({ input, output: process.stderr, terminal: false });
  lines.on("SIGINT", () => process.kill(process.pid, "SIGINT"));
  try {
    const closed = new Promise<undefined>((resolve) => lines.once("close", () => resolve(undefined)));
    return await Promise.race([lines.question(question), closed]);
  } finally {
    lines.close();
    if (input !== process.stdin) input.destroy();
  }
}
