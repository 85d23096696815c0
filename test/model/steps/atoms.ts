import { type Locals, noLocals, type Process } from "../state.js";
import type { World } from "../world.js";

/**
 * A program is a table of atomic actions. Each makes one request to AWS or to the vendor, and says what comes next and
 * which values that needs. Between two of them anything else may happen.
 */
export type Next =
  | { readonly at: string; readonly locals: Locals }
  /** The invocation ends well, or with an error that has AWS try again. */
  | "done"
  | "failed"
  /** It cannot go on before something else has happened. */
  | "waits";

export interface Atom {
  /** What it does, for traces. */
  readonly says: string;
  readonly act: (w: World, me: Process) => Next;
}

export type Program = Readonly<Record<string, Atom>>;

export function go(at: string, locals: Partial<Locals> = {}): Next {
  return { at, locals: { ...noLocals, ...locals } };
}

export function atom(says: string, act: Atom["act"]): Atom {
  return { says, act };
}
