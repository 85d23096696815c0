import { ChildProcess } from "node:child_process";
import { subscribe } from "node:diagnostics_channel";
import { format } from "node:util";
import { beforeEach, expect } from "vitest";
import { CodedError } from "../../providers/kit/failure.js";
import { hold, keyShape } from "./known.js";
import { letOut } from "./outgoing.js";
import { partOf, watch } from "./watch.js";

/** Whether `watchOutlets` was called in this worker: it runs many files, one after the other. */
export const areOutletsWatched = () => Object.hasOwn(CodedError.prototype, "name");

/** From now on all that leaves this process, and every coded error that is made, is looked at. */
export function watchOutlets(): void {
  for (const name of ["log", "info", "warn", "error", "debug", "trace", "dir", "table"] as const) {
    watch(console, name, (given) => letOut(`console.${name}`, format(...given)));
  }
  for (const name of ["stdout", "stderr"] as const) {
    watch(process[name], "write", ([chunk]) => letOut(name, textOf(chunk)));
  }
  process.on("warning", (warning) => letOut("a warning", warning));
  watchChildren();
  watchCodedErrors();
}

/** The snapshots of this file. */
export function watchSnapshots(): void {
  let watched = false;
  // The first moment at which they are there.
  beforeEach(() => {
    if (watched) return;
    watched = true;
    watch(expect.getState().snapshotState, "match", ([{ received }]) => letOut("a snapshot", received));
  });
}

/** Nobody here knows what a child process holds, so there a key is told by its shape. */
function watchChildren(): void {
  subscribe("child_process", (message) => {
    const child = partOf(message, "process");
    if (!(child instanceof ChildProcess)) return;
    child.once("spawn", () => {
      for (const name of ["stdout", "stderr"] as const) {
        const stream = child[name];
        if (stream) watch(stream, "push", ([chunk]) => childSays(`a child process's ${name}`, textOf(chunk)));
      }
    });
  });
}

function childSays(where: string, text: string): void {
  for (const [key] of text.matchAll(keyShape)) hold("a key of a child process", key);
  letOut(where, text);
}

/** The constructor's assignment of `name` is the moment at which such an error is made. It is looked at when it is whole. */
function watchCodedErrors(): void {
  Object.defineProperty(CodedError.prototype, "name", {
    set(this: CodedError<string>, value: unknown) {
      Object.defineProperty(this, "name", { value, writable: true, enumerable: true, configurable: true });
      letOut(`the error ${value}`, this);
    },
  });
}

function textOf(chunk: unknown): string {
  if (typeof chunk === "string") return chunk;
  return chunk instanceof Uint8Array ? Buffer.from(chunk).toString() : "";
}
