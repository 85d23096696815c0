import { CodedError, type Explanation } from "../../providers/kit/failure.js";

/** Why the sandbox did not start. */
export type SandboxErrorCode = "port_taken" | "port_refused";

export class SandboxError extends CodedError<SandboxErrorCode> {
  constructor(code: SandboxErrorCode, explanation: Explanation) {
    super(code, code === "port_taken", explanation);
  }
}

/** The coded error of a server that could not listen on `port`; undefined when it failed for another reason. */
export function listenError(error: unknown, port: number): SandboxError | undefined {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  const expected = `port ${port} on 127.0.0.1 to be free for the sandbox`;
  if (code === "EADDRINUSE") {
    return new SandboxError("port_taken", {
      expected,
      found: "that something listens there already",
      next: "Use --port 0 for free ports, name another one with --port, or stop what listens there.",
    });
  }
  if (code === "EACCES") {
    return new SandboxError("port_refused", {
      expected,
      found: "that the system lets you not listen there",
      next: "Use --port 0 for free ports, or name one above 1023 with --port.",
    });
  }
  return undefined;
}
