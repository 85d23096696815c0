import type { Provider } from "../../providers/kit/plug.js";
import { parseDuration } from "../duration.js";
import { KeyturnError } from "../errors.js";
import { type Fit, overlapOf, problemOf } from "../schedules/fit.js";
import { isProblem, type Timing, timingOf } from "../schedules/timing.js";
import { type Declaration, type Declarations, declarationInvalid, environmentOf } from "./declare.js";

/** One declared secret, with every default in place. */
export interface DeclaredSecret {
  readonly name: string;
  readonly installation: string;
  readonly provider: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly admin: string;
  readonly environment: string;
  /** When it is rotated, as EventBridge Scheduler takes it. */
  readonly timing: Timing;
  /** The shortest time between two rotations, jitter apart. */
  readonly everySeconds: number;
  /** The longest one. The same but for a cron. */
  readonly longestGapSeconds: number;
  /** By how much a rotation may be put off. */
  readonly jitterSeconds: number;
  readonly overlapSeconds: number;
  /** What a new key's own end is put at, where its vendor allows one. */
  readonly keyLifeSeconds: number;
  /** Whether schedules derive the token of a rotation from its time. */
  readonly scheduledTokens: boolean;
  readonly onReport: "act" | "ask";
  readonly whenNotReplaced: "keep serving" | "kill anyway";
  /** The provider's field name → the name it is stored under. Complete. */
  readonly fields: Readonly<Record<string, string>>;
  readonly endpoint: string;
}

/**
 * A new key's own end bounds what a crash leaves behind. Two intervals of use, half a one so that it falls between two
 * rotations and not into one, and a day of outage.
 */
export const keyLife = (longestGapSeconds: number) => 2.5 * longestGapSeconds + 86_400;

/**
 * The declaration of `name`, for the function that runs `provider`.
 * @throws KeyturnError `secret_undeclared`, `provider_not_here`, `declaration_invalid`
 */
export function declaredSecret(declarations: Declarations, name: string, provider: Provider): DeclaredSecret {
  const declaration = Object.hasOwn(declarations.secrets, name) ? declarations.secrets[name] : undefined;
  if (!declaration) {
    throw new KeyturnError("secret_undeclared", {
      expected: `a declaration of ${name} in this function's keyturn.json`,
      found: `declarations of ${Object.keys(declarations.secrets).join(", ") || "no secret"}`,
      next: "Declare the secret in keyturn.config.ts and deploy, or point its rotation at the function that has it.",
    });
  }
  if (declaration.provider !== provider.id) {
    throw new KeyturnError("provider_not_here", {
      expected: `the function of ${declaration.provider}, which ${name} is declared for`,
      found: `the function of ${provider.id}`,
      next: "Point the secret's rotation at the function of its own provider.",
    });
  }
  const fit = fitOf(name, declaration, provider);
  const problem = problemOf(fit);
  if (problem) throw declarationInvalid(`${name}: ${problem.found}`, problem.next);
  const { timing } = fit;
  return {
    name,
    installation: declarations.installation,
    environment: environmentOf(declarations),
    provider: provider.id,
    config: declaration.config,
    admin: declaration.admin,
    timing,
    everySeconds: timing.smallestGapSeconds,
    longestGapSeconds: timing.longestGapSeconds,
    jitterSeconds: timing.jitterSeconds,
    overlapSeconds: overlapOf(fit),
    keyLifeSeconds: keyLife(timing.longestGapSeconds),
    scheduledTokens: declarations.scheduledTokens ?? true,
    onReport: declaration.onReport ?? "act",
    whenNotReplaced: declaration.whenNotReplaced ?? "keep serving",
    fields: storedNames(name, declaration, provider),
    endpoint: (declaration.endpoint ?? provider.endpoint).replace(/\/+$/, ""),
  };
}

/**
 * What must go together in a declared secret; nothing is checked but that it has a timing.
 * @throws KeyturnError `declaration_invalid`
 */
export function fitOf(
  name: string,
  declaration: Declaration,
  provider: Provider,
): Fit & { readonly timing: Timing } {
  const timing = timingOf(declaration);
  if (isProblem(timing)) throw declarationInvalid(`${name}: ${timing.found}`, timing.next);
  const overlap = declaration.overlap === undefined ? undefined : (parseDuration(declaration.overlap) ?? 0);
  return { timing, overlap, provider };
}

function storedNames(name: string, declaration: Declaration, provider: Provider): Record<string, string> {
  const renamed = declaration.fields ?? {};
  const unknown = Object.keys(renamed).filter((field) => !provider.fields.includes(field));
  if (unknown.length > 0) {
    throw declarationInvalid(
      `${name}: fields names ${unknown.join(", ")}, but ${provider.id} has ${provider.fields.join(", ")}`,
    );
  }
  const names = provider.fields.map((field): [string, string] => [field, renamed[field] ?? field]);
  const stored = names.map(([, as]) => as);
  if (stored.includes("keyturn") || new Set(stored).size < stored.length) {
    throw declarationInvalid(`${name}: two fields with one name, or the reserved name "keyturn"`);
  }
  return Object.fromEntries(names);
}
