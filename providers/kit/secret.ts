import { createHash, timingSafeEqual } from "node:crypto";
import { inspect } from "node:util";

/**
 * A value that must not be printed. Everything that turns it into text gives `[redacted]`;
 * `reveal()` is the one way out, so that a reader can find every place a secret leaves.
 */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  reveal(): string {
    return this.#value;
  }

  /** Compares in constant time, whatever the lengths. */
  equals(other: Secret): boolean {
    return timingSafeEqual(digest(this.#value), digest(other.#value));
  }

  toString(): string {
    return "[redacted]";
  }

  toJSON(): string {
    return "[redacted]";
  }

  [inspect.custom](): string {
    return "[redacted]";
  }
}

function digest(value: string): Buffer {
  return createHash("sha256").update(value).digest();
}
