import { parseArgs } from "node:util";
import { CodedError } from "../../providers/kit/failure.js";
import { Page } from "./page.js";

// Read by the AWS SDK when it is loaded, which happens with the story.
process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] ??= "true";

const usage = "Usage: npm start [-- --stop github|stripe]\n";

// Whoever closes the pipe (head, a pager) has seen enough.
process.stdout.on("error", ({ code }: NodeJS.ErrnoException) => process.exit(code === "EPIPE" ? 0 : 1));

process.exitCode = await run(process.argv.slice(2));

/** 0: all that was claimed held. 1: something did not. 2: the command line was wrong. */
async function run(args: readonly string[]): Promise<0 | 1 | 2> {
  const wish = wishOf(args);
  if (wish === undefined) {
    process.stderr.write(usage);
    return 2;
  }
  const { stdout } = process;
  const page = new Page((text) => stdout.write(text), stdout.isTTY === true && !process.env["NO_COLOR"]);
  try {
    const { tellStory } = await import("./story.js");
    return (await tellStory({ page, stop: wish.stop })) ? 0 : 1;
  } catch (error) {
    process.stderr.write(`demo: ${explain(error)}\n`);
    return 1;
  }
}

function wishOf(args: readonly string[]): { readonly stop?: "github" | "stripe" } | undefined {
  try {
    const { stop } = parseArgs({ args: [...args], options: { stop: { type: "string" } } }).values;
    if (stop === undefined) return {};
    return stop === "github" || stop === "stripe" ? { stop } : undefined;
  } catch {
    return undefined;
  }
}

/** Errors that are not ours may hold anything: only their name is shown. */
function explain(error: unknown): string {
  if (error instanceof CodedError) return error.message;
  const name = error instanceof Error ? error.name : typeof error;
  return `internal: ${name}. Run npm start, which installs and builds first; if it lasts, please report it.`;
}
