import type { Provider } from "../../providers/kit/plug.js";
import { functionName } from "../function-name.js";
import type { ListedSecret } from "../store/store.js";
import { providerTag } from "./write-ring.js";

/** What a declaration says of a secret, as far as finding it needs. */
export interface DeclaredKind {
  readonly provider: string;
  /** The provider's field name → the name it is stored under. */
  readonly fields: Readonly<Record<string, string>>;
}

/**
 * The provider whose keys a secret holds, by its declaration, its tag, or the name of the function that rotates it. Undefined for
 * a secret that is not Keyturn's.
 */
export function providerOf(
  secret: Pick<ListedSecret, "tags" | "rotatedBy">,
  declared: DeclaredKind | undefined,
  providers: readonly Provider[],
): Provider | undefined {
  const named = declared?.provider ?? secret.tags.get(providerTag);
  if (named !== undefined) return providers.find(({ id }) => id === named);
  const called = secret.rotatedBy?.split(":")[6] ?? "";
  return providers.find(({ id }) => called.startsWith("keyturn-") && called.endsWith(`-${functionName(id)}`));
}
