import type { Recognition } from "../../providers/kit/contract.js";
import { keyBlocksIn } from "./key-blocks.js";

/** The canonical forms of all keys of a kind in a text, in the order in which they stand, each once. */
export function keysIn(recognition: Recognition, text: string): readonly string[] {
  const keys = (text.match(recognition.pattern) ?? []).map((one) => canonical(recognition, one));
  return [...new Set(keys.filter((one) => one !== undefined))];
}

/** The canonical form of a text that is one key and nothing else; undefined for any other. */
export function keyOf(recognition: Recognition, text: string): string | undefined {
  const bare = text.trim();
  const whole = /^-----BEGIN [\s\S]*-----$/.test(bare) ? keyBlocksIn(bare).join("\n") : bare;
  const [first, ...others] = whole.match(recognition.pattern) ?? [];
  return first === whole && others.length === 0 ? canonical(recognition, first) : undefined;
}

function canonical(recognition: Recognition, text: string): string | undefined {
  return recognition.canonical ? recognition.canonical(text) : text;
}
