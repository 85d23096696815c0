import type { ForeignKey } from "../../providers/kit/contract.js";
import type { Provider } from "../../providers/kit/plug.js";
import { Secret } from "../../providers/kit/secret.js";
import { KeyturnError } from "../errors.js";
import { keysIn } from "./canonical.js";
import { fingerprint, isFingerprinted } from "./fingerprint.js";
import { keyBlocksIn } from "./key-blocks.js";
import { layersOf } from "./layers.js";

/** The longest text that is looked through. Bytes. */
export const longestText = 1024 * 1024;

interface AnyHit {
  /** `<vendor>/<kind>`: the provider's id where `rotated`. */
  readonly kind: string;
  /** What such a key is called, for people. */
  readonly title: string;
  /** The key in its canonical form: of an SSH key the public line, of a token the token. */
  readonly canonical: Secret;
}

/** A key of a kind that a provider rotates. Without a fingerprint it can only be found by its secret's name. */
export interface RotatedHit extends AnyHit {
  readonly rotated: true;
  readonly fingerprint: string | undefined;
}

/** A key of a kind that can only be named. */
export interface ForeignHit extends AnyHit, Pick<ForeignKey, "publiclyRevocable" | "advice"> {
  readonly rotated: false;
}

/** One key that was found in a text. However it is printed, it does not show the key. */
export type Hit = RotatedHit | ForeignHit;

/** What is looked for. */
export interface Known {
  readonly providers: readonly Provider[];
  readonly foreign: readonly ForeignKey[];
}

/**
 * Every key in a text, each once: bare, quoted, after `Authorization:` (`Basic` too), in `.env` and JSON lines, in URLs, escaped, in
 * HTML, in base64, in colours; private keys however they are wrapped, indented or quoted. In the order of kinds, those that
 * are read without decoding first.
 *
 * A text that a key runs into without any sign between is taken for a part of it, where the kind's length does not tell. A token that
 * was broken into lines is not found.
 *
 * @param text UTF-8, or UTF-16 with a byte order mark
 * @throws KeyturnError `leak_input_too_large` above 1 MB
 */
export function recognise(text: Uint8Array, { providers, foreign }: Known): readonly Hit[] {
  if (text.byteLength > longestText) throw tooLarge(text.byteLength);
  const hits = new Map<string, Hit>();
  const add = (hit: Hit, key: string) => {
    const name = `${hit.kind} ${key}`;
    if (!hits.has(name)) hits.set(name, hit);
  };
  for (const layer of layersOf(decoded(text))) {
    const looked = [layer, ...keyBlocksIn(layer)].join("\n");
    for (const provider of providers) {
      const { id: kind, recognition } = provider;
      if (!recognition) continue;
      const { title } = recognition;
      for (const key of keysIn(recognition, looked)) {
        const canonical = new Secret(key);
        const print = isFingerprinted(provider) ? fingerprint(kind, key) : undefined;
        add({ rotated: true, kind, title, canonical, fingerprint: print }, key);
      }
    }
    for (const { id: kind, title, pattern, publiclyRevocable, advice } of foreign) {
      for (const key of looked.match(pattern) ?? []) {
        const canonical = new Secret(key);
        add({ rotated: false, kind, title, canonical, publiclyRevocable, advice }, key);
      }
    }
  }
  return [...hits.values()];
}

function decoded(text: Uint8Array): string {
  const [first, second] = text;
  if (first === 0xff && second === 0xfe) return new TextDecoder("utf-16le").decode(text);
  if (first === 0xfe && second === 0xff) {
    const even = Buffer.from(text.subarray(0, text.byteLength - (text.byteLength % 2)));
    return new TextDecoder("utf-16le").decode(even.swap16());
  }
  return new TextDecoder().decode(text);
}

function tooLarge(bytes: number): KeyturnError {
  return new KeyturnError("leak_input_too_large", {
    expected: `a text of at most ${longestText} bytes (1 MB)`,
    found: `${bytes} bytes`,
    next: "Give the part in which the key stands: a few lines around it are enough.",
  });
}
