import { abort } from "./steps/abort.js";
import type { Atom, Program } from "./steps/atoms.js";
import { create } from "./steps/create.js";
import { finish } from "./steps/finish.js";
import { job } from "./steps/job.js";
import { leak } from "./steps/leak.js";
import { rollback } from "./steps/rollback.js";
import { set } from "./steps/set.js";
import { test } from "./steps/test.js";
import { gone } from "./steps/turn.js";

const programs: Program = {
  ...create,
  ...set,
  ...test,
  ...finish,
  ...abort,
  ...gone,
  ...leak,
  ...rollback,
  ...job,
};

/** The action that a process does next. */
export function atomAt(at: string): Atom {
  const found = programs[at];
  if (!found) throw new Error(`no action ${at}`);
  return found;
}

/** Every action of the model, by name. */
export const atomNames: readonly string[] = Object.keys(programs);
