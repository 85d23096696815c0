import { KeyturnError } from "../errors.js";
import type { Store } from "../store/store.js";

/**
 * The admin credential as JSON, for its provider to check.
 * @throws KeyturnError `admin_missing`, `admin_unreadable`, `admin_invalid`; `store_unavailable`
 */
export async function readAdmin(store: Store, name: string): Promise<unknown> {
  const expected = `the admin secret ${name} to hold the provider's admin credential as JSON`;
  try {
    return JSON.parse((await store.readCurrent(name)).reveal());
  } catch (error) {
    if (error instanceof SyntaxError) {
      const next = "Store the credential in the form that the provider's README shows.";
      throw new KeyturnError("admin_invalid", { expected, found: "text that is not JSON", next });
    }
    if (!(error instanceof KeyturnError)) throw error;
    if (error.code === "store_missing") {
      const next = "Create it, with the credential that the provider's README describes.";
      throw new KeyturnError("admin_missing", { expected, found: "no such secret, or no value in it", next });
    }
    if (error.code === "store_denied" || error.code === "store_refused") {
      const next =
        "Let the function's role read this one secret (and decrypt with its key), and check that it is not deleted.";
      throw new KeyturnError("admin_unreadable", { expected, found: error.explanation.found, next });
    }
    throw error;
  }
}
