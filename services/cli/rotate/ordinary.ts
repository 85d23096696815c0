import { randomUUID } from "node:crypto";
import { declaredSecret } from "../../config/declared.js";
import { KeyturnError } from "../../errors.js";
import {
  hasLabel,
  holder,
  markedVersions,
  nowWaiver,
  openRotation,
  standing,
} from "../../rotation/labels.js";
import { openOverlap, overlapEnd, previousValue } from "../../rotation/previous.js";
import type { SecretView } from "../../store/store.js";
import { holdsKey, sameKey } from "../../store/value.js";
import { type Here, type Place, rotationAt } from "./place.js";
import { endPreviousNow } from "./waive.js";

export interface OrdinaryOrder {
  /** The previous key is ended although its overlap is open. */
  readonly now: boolean;
  /** How long the rotation is followed; 0: not at all. Seconds. */
  readonly followSeconds: number;
}

export interface RotateResult {
  readonly action: "rotate";
  readonly secret: string;
  /**
   * `rotated`: the new key is current. `started`: it was not followed. `open`: it was followed no longer. `ended`: it was ended for good
   * before its key became current.
   */
  readonly outcome: "rotated" | "started" | "open" | "ended";
  /** The rotation's token, which is the id of its version. */
  readonly rotation: string;
  /** Another rotation was open already: AWS takes that one up again. */
  readonly wasOpen: boolean;
  /** Handle of the previous key, where it was ended to make room at once. */
  readonly endedFirst?: string;
  /** The version that was current before, and until when its key lives on. */
  readonly previous?: { readonly version: string; readonly until: Date };
}

const lookMs = 1_000;
const checkSeconds = 60;

/**
 * Starts a rotation, and follows it by the secret's labels alone.
 * @throws KeyturnError `overlap_open`: nothing was changed. `rotation_disabled`, `store_…`; ProviderError
 */
export async function rotateOnce(here: Here, place: Place, order: OrdinaryOrder): Promise<RotateResult> {
  const { view, ref, store } = place;
  mustBeOn(place);
  const endedFirst = order.now ? await endPreviousNow(here, place) : undefined;
  if (!order.now) await mustNotOverlap(here, place);
  const asked = randomUUID();
  here.ifInterrupted(`Whatever has begun goes on in AWS: keyturn status ${ref.name}`);
  const rotation = await begun(place, asked);
  const wasOpen = rotation !== asked;
  here.say(
    wasOpen
      ? `rotation ${rotation} was open already: AWS takes it up again`
      : `rotation ${rotation} is started`,
  );
  const told = {
    ...({ action: "rotate", secret: ref.name, rotation, wasOpen } as const),
    ...(endedFirst !== undefined && { endedFirst }),
  };
  if (order.followSeconds === 0) return { ...told, outcome: "started" };
  const before = holder(view, "AWSCURRENT");
  const end = here.clock.monotonic() + order.followSeconds * 1000;
  let staged = false;
  for (;;) {
    const seen = await store.describe(ref.arn);
    const stands = standing(seen, rotation);
    if (stands === "current" || stands === "previous") {
      here.say(`current: version ${rotation} is AWSCURRENT`);
      const previous = previousIn(place, seen, before);
      if (previous)
        here.say(`previous: version ${previous.version} works until ${previous.until.toISOString()}`);
      return { ...told, outcome: "rotated", ...(previous && { previous }) };
    }
    if (stands === "abandoned" && staged) return { ...told, outcome: "ended" };
    if (stands === "pending" && !staged) {
      staged = true;
      here.say(`staged: version ${rotation} is AWSPENDING`);
    }
    if (here.clock.monotonic() + lookMs > end) return { ...told, outcome: "open" };
    await here.clock.sleep(lookMs);
  }
}

/** RotateSecret would turn it on again, also where somebody has paused it. */
function mustBeOn({ view, ref }: Place): void {
  if (view.rotationEnabled) return;
  throw new KeyturnError("rotation_disabled", {
    expected: `rotation of ${ref.name} to be on`,
    found: "that it is off",
    next: `If it is paused: keyturn resume ${ref.name}. Else deploy its stack, or turn it on: aws secretsmanager rotate-secret. Nothing was changed.`,
  });
}

/** The token of the rotation that AWS goes on with: the new one, or that of the rotation that is open. */
async function begun({ store, ref }: Place, token: string): Promise<string> {
  try {
    await store.rotate(ref.arn, token);
    return token;
  } catch (error) {
    if (!(error instanceof KeyturnError) || error.code !== "store_refused") throw error;
    const open = openRotation(await store.describe(ref.arn));
    if (open === undefined) throw error;
    return open;
  }
}

/**
 * Passes unless the previous key lives and has its overlap. The labels tell in most cases; else values and vendor do.
 * @throws KeyturnError `overlap_open`; ProviderError
 */
async function mustNotOverlap(here: Here, place: Place): Promise<void> {
  const { view, ref } = place;
  const currentId = holder(view, "AWSCURRENT") ?? "";
  const isWaived = hasLabel(view, nowWaiver(currentId)) || markedVersions(view).length > 0;
  // What is open goes on, and has its own rule for the previous key.
  if (!hasLabel(view, "AWSPREVIOUS") || isWaived || openRotation(view)) return;
  const rotation = await rotationAt(place, here, currentId, checkSeconds);
  const current = await rotation.value(currentId);
  const previous = await previousValue(rotation, view);
  if (!holdsKey(previous) || previous.kind !== "key" || sameKey(previous, current)) return;
  const until = await openOverlap(rotation, view, current, previous);
  if (!until || !(await rotation.alive(previous))) return;
  throw new KeyturnError("overlap_open", {
    expected: `the overlap of the previous key of ${ref.name} to be over`,
    found: `${previous.key.handle} alive, and its overlap ends at ${until.toISOString()}`,
    next: "Nothing was changed. Rotate again after that, or add --now, which ends that key first. If a key has leaked: --leaked.",
  });
}

function previousIn({ declarations, provider, ref }: Place, view: SecretView, before: string | undefined) {
  const version = holder(view, "AWSPREVIOUS");
  if (version === undefined || version !== before) return undefined;
  const { overlapSeconds } = declaredSecret(declarations, ref.name, provider);
  return { version, until: overlapEnd(undefined, view.lastRotatedAt, overlapSeconds) };
}
