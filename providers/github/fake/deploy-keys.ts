import type { VendorKey } from "../../kit/fake.js";
import type { PublicKey } from "./public-key.js";

export const deployKeyId = "github/deploy-key";

/** A deploy key as GitHub's record has it. */
export interface DeployKey {
  readonly id: number;
  readonly publicKey: PublicKey;
  readonly repositoryId: number;
  /** `owner/name` */
  readonly repository: string;
  readonly title: string;
  readonly readOnly: boolean;
  readonly createdAt: Date;
  /** SSH refuses it before this moment. */
  readonly usableAt: Date;
  readonly addedBy: string;
  /** Handle of the personal access token that made it, if one did: the key goes when that goes. */
  readonly madeWith: string | undefined;
  /** Since it was deleted; SSH refuses it from `deadAt` on. */
  deletedAt: Date | undefined;
  deadAt: Date | undefined;
  lastUsed: Date | undefined;
}

type Made = Omit<DeployKey, "id" | "createdAt" | "usableAt" | "deletedAt" | "deadAt" | "lastUsed">;

/** All deploy keys ever made, deleted ones included. No private half comes here. */
export class DeployKeyLedger {
  readonly #all: DeployKey[] = [];

  /** Whoever calls this has seen that the key is not in use. */
  make(made: Made, now: Date, settleSeconds: number): DeployKey {
    const key: DeployKey = {
      ...made,
      id: 90_000_001 + this.#all.length,
      createdAt: now,
      usableAt: later(now, settleSeconds),
      ...{ deletedAt: undefined, deadAt: undefined, lastUsed: undefined },
    };
    this.#all.push(key);
    return key;
  }

  /** A public key belongs to one repository of all. */
  isInUse(publicKey: PublicKey): boolean {
    return this.#all.some((key) => !key.deletedAt && key.publicKey.text === publicKey.text);
  }

  /** The keys of a repository, the oldest first. */
  of(repositoryId: number): readonly DeployKey[] {
    return this.#all.filter((key) => !key.deletedAt && key.repositoryId === repositoryId);
  }

  delete(key: DeployKey, now: Date, deathSeconds: number): void {
    key.deletedAt = now;
    key.deadAt = later(now, deathSeconds);
  }

  /** What GitHub does when a personal access token is deleted. */
  deleteMadeWith(personalToken: string, now: Date, deathSeconds: number): void {
    for (const key of this.#all) {
      if (key.madeWith === personalToken && !key.deletedAt) this.delete(key, now, deathSeconds);
    }
  }

  /** The key that SSH accepts now for a public half. */
  accepted(publicKey: PublicKey, now: Date): DeployKey | undefined {
    const fitting = this.#all.filter(
      (key) => key.publicKey.text === publicKey.text && isAcceptedBySsh(key, now),
    );
    // One that is deleted may be alive still, while the same key is registered elsewhere already.
    return fitting.find((key) => !key.deletedAt) ?? fitting[0];
  }

  /** One line for each public key: one that was registered again is the same key. */
  keys(now: Date, allowed: boolean): readonly VendorKey[] {
    const byHandle = new Map<string, VendorKey>();
    for (const key of this.#all) {
      const handle = key.publicKey.fingerprint;
      byHandle.set(handle, {
        ...{ provider: deployKeyId, handle, label: key.title },
        live: (allowed && isAcceptedBySsh(key, now)) || byHandle.get(handle)?.live === true,
        retired: key.deletedAt !== undefined,
      });
    }
    return [...byHandle.values()];
  }
}

function isAcceptedBySsh(key: DeployKey, now: Date): boolean {
  return key.usableAt <= now && (key.deadAt === undefined || now < key.deadAt);
}

function later(at: Date, seconds: number): Date {
  return new Date(at.getTime() + seconds * 1000);
}
