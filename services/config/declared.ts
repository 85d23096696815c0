import type { Provider } from "../../providers/kit/plug.js";
import { formatDuration, parseDuration } from "../duration.js";
import { KeyturnError } from "../errors.js";
import { type Declaration, type Declarations, declarationInvalid } from "./declare.js";

/** One declared secret, with every default in place. */
export interface DeclaredSecret {
  readonly name: string;
  readonly installation: string;
  readonly provider: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly admin: string;
  readonly everySeconds: number;
  readonly overlapSeconds: number;
  /** The provider's field name → the name it is stored under. Complete. */
  readonly fields: Readonly<Record<string, string>>;
  readonly endpoint: string;
}

const defaultOverlapSeconds = 65 * 60;
const overlapMarginSeconds = 10 * 60;
/** What one failed attempt and its retry may take. */
const failedAttemptSeconds = 5 * 60;

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
  const everySeconds = parseDuration(declaration.every) ?? 0;
  const overlapSeconds = declaration.overlap
    ? (parseDuration(declaration.overlap) ?? 0)
    : Math.max(0, Math.min(defaultOverlapSeconds, everySeconds - overlapMarginSeconds));
  checkTimes(name, everySeconds, overlapSeconds, provider);
  return {
    name,
    installation: declarations.installation,
    provider: provider.id,
    config: declaration.config,
    admin: declaration.admin,
    everySeconds,
    overlapSeconds,
    fields: storedNames(name, declaration, provider),
    endpoint: (declaration.endpoint ?? provider.endpoint).replace(/\/+$/, ""),
  };
}

/** The previous key must be dead before the next rotation, and the current one must outlive its turn. */
function checkTimes(name: string, every: number, overlap: number, provider: Provider): void {
  const { deathSeconds, settleSeconds, lifetimeSeconds } = provider.facts;
  const least = overlap + deathSeconds + settleSeconds;
  if (every <= least) {
    throw declarationInvalid(
      `${name}: every ${formatDuration(every)}, but overlap ${formatDuration(overlap)} + death ${formatDuration(deathSeconds)} + settling ${formatDuration(settleSeconds)} take ${formatDuration(least)}`,
      `Rotate less often than every ${formatDuration(least)}, or declare a shorter overlap.`,
    );
  }
  const most = (lifetimeSeconds ?? Number.POSITIVE_INFINITY) - failedAttemptSeconds - settleSeconds;
  if (every > most) {
    throw declarationInvalid(
      `${name}: every ${formatDuration(every)}, but a key of ${provider.id} lives ${formatDuration(lifetimeSeconds ?? 0)}`,
      `Rotate at least every ${formatDuration(most - (most % 60))}, so that no application is left with an expired key.`,
    );
  }
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
