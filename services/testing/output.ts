import { inspect } from "node:util";

/** Hears what is written to the console, to standard output and error, and as warnings of the process. */
export interface Ear {
  readonly heard: readonly string[];
  close(): void;
}

const words = ["log", "info", "warn", "error", "debug", "trace", "dir"] as const;

/** Listens until closed; everything goes on to where it was meant for. */
export function listen(): Ear {
  const heard: string[] = [];
  const undo: (() => void)[] = [];
  const overhear = (owner: object, name: string) => {
    const before: unknown = Reflect.get(owner, name);
    if (typeof before !== "function") return;
    const own = Object.hasOwn(owner, name);
    Reflect.set(owner, name, (...given: unknown[]) => {
      heard.push(given.map((one) => (typeof one === "string" ? one : inspect(one, { depth: 10 }))).join(" "));
      return Reflect.apply(before, owner, given);
    });
    undo.push(() => (own ? Reflect.set(owner, name, before) : Reflect.deleteProperty(owner, name)));
  };
  for (const name of words) overhear(console, name);
  for (const stream of [process.stdout, process.stderr]) overhear(stream, "write");
  const warned = (warning: Error) => heard.push(inspect(warning));
  process.on("warning", warned);
  undo.push(() => process.off("warning", warned));
  return { heard, close: () => undo.reverse().forEach((one) => void one()) };
}
