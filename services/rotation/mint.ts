import { randomUUID } from "node:crypto";
import type { MintedKey } from "../../providers/kit/contract.js";
import type { Secret } from "../../providers/kit/secret.js";
import { KeyturnError } from "../errors.js";
import { formatValue } from "../store/value.js";
import { notStaged } from "./guard.js";
import { standing } from "./labels.js";
import { retire } from "./retire.js";
import type { Rotation } from "./rotation.js";
import { mintToPutSeconds } from "./strays.js";

/** How often a Put whose outcome is unknown is read back and repeated. */
const putTries = 3;

/**
 * Makes one key and stores it as this rotation's version, or leaves neither.
 * Another run of the same rotation may win the write: then this key is ended, and the step has succeeded.
 * @throws KeyturnError `token_not_staged`, `mint_late`: the key was ended. `store_unavailable`: it is unknown whether
 * the key was stored, so nothing is ended; the next run reads it back, or sweeps it by its label.
 */
export async function mintAndStore(
  rotation: Rotation,
  attempt: number,
  current: { readonly versionId: string | undefined; readonly extras: Readonly<Record<string, unknown>> },
): Promise<void> {
  const { clock, secret, log, tell, provider } = rotation.parts;
  const vendor = await rotation.vendor();
  const label = rotation.labelText(attempt);
  const startedAt = clock.monotonic();
  const createdAt = clock.now();
  const minted = await vendor.make({
    label,
    idempotencyKey: `${rotation.id(32)}-${attempt}`,
    nonce: randomUUID(),
    expiresAt: new Date(createdAt.getTime() + secret.keyLifeSeconds * 1000),
  });
  log.info("key_minted", { handle: minted.handle, label, expiresAt: minted.expiresAt?.toISOString() });
  const record = {
    ...{ provider: provider.id, config: { ...secret.config }, label, createdAt: createdAt.toISOString() },
    ...(minted.expiresAt ? { expiresAt: minted.expiresAt.toISOString() } : {}),
    ...(current.versionId ? { replaces: current.versionId } : {}),
  };
  const value = formatValue(minted, record, secret.fields, current.extras);
  const isLate = () => clock.monotonic() - startedAt > mintToPutSeconds * 1000;
  await orEnd(rotation, minted, async () => {
    const stands = standing(await rotation.look(), rotation.token);
    if (stands !== "pending") throw notStaged(rotation, `that it is ${stands}`);
    if (isLate()) throw tooLate(secret.name);
  });
  if ((await putSurely(rotation, minted, value, isLate)) === "written") {
    tell("Key Minted", { rotation: rotation.token, handle: minted.handle });
    return;
  }
  log.info("mint_lost", { handle: minted.handle });
  await retire(rotation, { as: "own", minted });
}

/** Runs `act`; when it fails in a way that leaves no version with the key, the key is ended. */
async function orEnd<Result>(
  rotation: Rotation,
  minted: MintedKey,
  act: () => Promise<Result>,
  leavesNone: (error: unknown) => boolean = () => true,
): Promise<Result> {
  try {
    return await act();
  } catch (error) {
    if (!leavesNone(error)) throw error;
    // If this fails as well, the key's label tells the next sweep.
    await retire(rotation, { as: "own", minted }).catch(() => {
      rotation.parts.log.error("key_left_to_sweep", { handle: minted.handle });
    });
    throw error;
  }
}

/**
 * PutSecretValue until its outcome is known (P5). `taken`: the version holds another run's key. A refusal means that
 * nothing was written, so the key is ended; after a try of unknown outcome nothing is certain, and it is left alone.
 */
async function putSurely(
  rotation: Rotation,
  minted: MintedKey,
  value: Secret,
  isLate: () => boolean,
): Promise<"written" | "taken"> {
  const { store, request } = rotation.parts;
  const put = () =>
    store.put(request.arn, {
      versionId: request.token,
      value,
      stages: ["AWSPENDING"],
      ...(request.rotationToken ? { rotationToken: request.rotationToken } : {}),
    });
  for (let tries = 1, certain = true; ; tries++) {
    try {
      return await (certain ? orEnd(rotation, minted, put, isRefusal) : put());
    } catch (error) {
      if (isRefusal(error) || tries === putTries || isLate()) throw error;
      certain = false;
    }
    const stored = await store.read(request.arn, request.token);
    if (stored) return stored.equals(value) ? "written" : "taken";
  }
}

function isRefusal(error: unknown): boolean {
  return !(error instanceof KeyturnError) || error.code !== "store_unavailable";
}

function tooLate(secret: string): KeyturnError {
  return new KeyturnError("mint_late", {
    expected: `the new key of ${secret} to be stored within ${mintToPutSeconds} s of being asked for`,
    found: "that more time has passed",
    next: "Nothing to do: the key was ended, and the step is tried again.",
  });
}
