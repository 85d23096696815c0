/** The end of a key that is about to become the previous one. */
export interface Ending {
  readonly secretArn: string;
  /** The version that holds the key: current still, when this is arranged. */
  readonly versionId: string;
  /** When its overlap is over. */
  readonly at: Date;
}

/**
 * Arranges that a key ends when its overlap is over. Called before AWSCURRENT moves, because afterwards AWS may
 * never call again (P16). Arranging the same ending twice is one ending; a failure stops the rotation before the flip.
 */
export interface EndOfOverlap {
  arrange(ending: Ending): Promise<void>;
}

/** Without schedules: the next rotation ends the previous key before it makes another, so nothing need be arranged. */
export const nextRotationEndsIt: EndOfOverlap = {
  arrange: () => Promise.resolve(),
};
