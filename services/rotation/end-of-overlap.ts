/** The end of a key that is about to become the previous one. */
export interface Ending {
  readonly secretArn: string;
  /** The version that holds the key: current still, when this is arranged. */
  readonly versionId: string;
  /** Names the key; undefined for one that is not ours to end. Asked for only by who needs it: it reads the version. */
  readonly handle: () => Promise<string | undefined>;
  /** When its overlap is over. */
  readonly at: Date;
}

/** An end that is arranged: of which key, and when its overlap is over. */
export interface Arranged {
  readonly handle: string;
  readonly at: Date;
}

/**
 * Arranges that a key ends when its overlap is over. Called before AWSCURRENT moves, because afterwards AWS may
 * never call again (P16). Arranging the same ending twice is one ending, at the earlier time; a failure stops the rotation
 * before the flip.
 */
export interface EndOfOverlap {
  /** Undefined when nothing was: the next rotation ends the key, or it is not ours to end. */
  arrange(ending: Ending): Promise<Arranged | undefined>;
  /** The same ending, at this time and no other: what was arranged came too early. */
  rearrange(ending: Ending): Promise<Arranged | undefined>;
}

/** Without schedules: the next rotation ends the previous key before it makes another, so nothing need be arranged. */
export const nextRotationEndsIt: EndOfOverlap = {
  arrange: async () => undefined,
  rearrange: async () => undefined,
};
