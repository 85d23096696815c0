import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Sandbox } from "../../services/sandbox/sandbox.js";
import { sandboxCredentials, sandboxRegion } from "../../services/sandbox/seed.js";
import type { Command } from "../docs/page.js";
import { awsPath, environment } from "./client.js";

/** What one line of a page did. */
export interface Typed {
  readonly command: Command;
  /** Standard output and standard error. */
  readonly said: string;
  /** Bash came to run it: where it defines a function, somebody called that. */
  readonly isRun: boolean;
}

const mark = "\u001e";

/**
 * Types a page's lines into one bash beside the sandbox, with the programs of the system. The AWS command line is given the sandbox as its
 * endpoint, the variables GITHUB, STRIPE, SSH_HOST and SSH_PORT stand for the vendors.
 * @throws Error when a file is left behind
 */
export async function typeIntoBash(
  commands: readonly Command[],
  { urls }: Pick<Sandbox, "urls">,
  stdin: string,
): Promise<readonly Typed[]> {
  const folder = await mkdtemp(join(tmpdir(), "keyturn-bash-"));
  try {
    const [script, trace] = [join(folder, "script"), join(folder, "trace")];
    // Debian's client takes its endpoint from an argument only.
    const prelude = [
      `aws() { ${awsPath} --endpoint-url ${urls.aws} "$@"; }`,
      `exec 9>${trace}; BASH_XTRACEFD=9; PS4='@\${LINENO} '; set -x; printf '${mark}'`,
    ];
    let line = prelude.length;
    const placed = commands.map((command) => {
      const first = line + 1;
      line += command.lines.length + 1;
      return { command, first };
    });
    await writeFile(
      script,
      [...prelude, ...commands.map(({ text }) => `${text}\nprintf '${mark}'`)].join("\n"),
    );
    const said = await output(script, folder, urls, stdin);
    const ran = linesIn(await readFile(trace, "utf8"));
    const left = (await readdir(folder)).filter((name) => name !== "script" && name !== "trace");
    if (left.length > 0) throw new Error(`left behind: ${left.join(", ")}`);
    return placed.map(({ command, first }, index) => ({
      command,
      said: said[index + 1] ?? "",
      isRun: command.lines.some((_line, offset) => ran.has(first + offset)),
    }));
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function output(script: string, folder: string, urls: Sandbox["urls"], stdin: string) {
  const [host = "", port = ""] = urls.ssh.split(":");
  const child = spawn("/bin/bash", [script], {
    env: {
      ...environment(sandboxRegion, sandboxCredentials.accessKeyId),
      ...{ GITHUB: urls.github, STRIPE: urls.stripe, SSH_HOST: host, SSH_PORT: port, TMPDIR: folder },
    },
    // A line that waits for what never comes.
    timeout: 150_000,
  });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk) => {
      said += chunk;
    });
  }
  child.stdin.on("error", () => undefined).end(stdin);
  await once(child, "close");
  return said.split(mark);
}

/** Lines of the script that bash ran, wherever they were called from. */
function linesIn(trace: string): ReadonlySet<number> {
  return new Set([...trace.matchAll(/^@+(\d+) /gm)].map(([, line]) => Number(line)));
}
