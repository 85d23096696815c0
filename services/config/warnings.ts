import type { Provider } from "../../providers/kit/plug.js";
import { warningsOf as warningsOfFit } from "../schedules/fit.js";
import { loadWarnings } from "../schedules/load.js";
import type { Declarations } from "./declare.js";
import { fitOf } from "./declared.js";

/**
 * What works as declared, and should be known: caches that outlive the overlap, writes beyond what AWS advises, times that
 * windows leave out beside their own, many secrets at one vendor. Secrets of other providers than these are passed over.
 * @throws KeyturnError `declaration_invalid`
 */
export function warningsOf(declarations: Declarations, providers: readonly Provider[]): readonly string[] {
  const fits = Object.entries(declarations.secrets).flatMap(([name, declaration]) => {
    const provider = providers.find(({ id }) => id === declaration.provider);
    return provider ? [{ name, declaration, fit: fitOf(name, declaration, provider) }] : [];
  });
  const single = fits.flatMap(({ name, declaration, fit }) => [
    ...warningsOfFit(fit).map((warning) => `${name}: ${warning}`),
    ...(fit.timing.leavesOutMore
      ? [
          `${name}: ${fit.timing.expression} also leaves out times outside ${(declaration.notDuring ?? []).join(", ")}: one cron expression has the same hours on each of its days.`,
        ]
      : []),
  ]);
  const load = fits.map(({ fit }) => ({ provider: fit.provider.id, timing: fit.timing }));
  return [...single, ...loadWarnings(load)];
}
