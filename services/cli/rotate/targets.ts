import { CodedError } from "../../../providers/kit/failure.js";
import type { Declarations } from "../../config/declare.js";
import { each } from "../../each.js";
import type { Store } from "../../store/store.js";
import type { Surroundings } from "../../surroundings.js";
import { findPlaceOf, type Here, type Place, providerOf } from "./place.js";

/** Which declared secrets: all, or those that fit both of what is named. */
export interface Selection {
  /** A provider's id. */
  readonly provider?: string | undefined;
  readonly tag?: { readonly key: string; readonly value: string } | undefined;
}

/** A selected secret, or why it could not be looked at. */
export type Target = { readonly secret: string; readonly provider: string } & (
  | { readonly place: Place }
  | { readonly error: CodedError<string> }
);

const atOnce = 8;
const tries = 6;

/**
 * The declared secrets that fit, by name, each looked at (DescribeSecret). One that cannot be looked at is selected too, because nobody
 * knows its tags; but not one that there is not.
 */
export async function selected(
  here: Here,
  {
    declarations,
    config,
    store,
  }: { readonly declarations: Declarations; readonly config: string; readonly store: Store },
  { provider, tag }: Selection,
): Promise<readonly Target[]> {
  const names = Object.entries(declarations.secrets)
    .filter(([, declared]) => provider === undefined || declared.provider === provider)
    .map(([name]) => name);
  const found = new Map<string, Target>();
  const around = new Map<string, Surroundings>();
  await each(names, atOnce, async (secret) => {
    const { id } = providerOf(declarations, secret, config);
    try {
      const place = await patiently(here, () => findPlaceOf(declarations, { secret, config, store }, around));
      if (!tag || place.view.tags?.get(tag.key) === tag.value)
        found.set(secret, { secret, provider: id, place });
    } catch (error) {
      if (!(error instanceof CodedError)) throw error;
      if (!(tag && error.code === "store_missing")) found.set(secret, { secret, provider: id, error });
    }
  });
  return names.flatMap((name) => found.get(name) ?? []).sort((a, b) => (a.secret < b.secret ? -1 : 1));
}

async function patiently<Result>({ clock }: Here, look: () => Promise<Result>): Promise<Result> {
  for (let tried = 1; ; tried++) {
    try {
      return await look();
    } catch (error) {
      if (!(error instanceof CodedError) || !error.retryable || tried >= tries) throw error;
      await clock.sleep(1000 * tried);
    }
  }
}
