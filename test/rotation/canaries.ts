import { inspect } from "node:util";

/** A secret text that must turn up nowhere, and what it is. */
export interface Canary {
  readonly what: string;
  readonly text: string;
}

/** The forms in which a text may slip out: itself, its beginning, encoded. */
function forms(text: string): readonly string[] {
  const bytes = Buffer.from(text);
  const encoded = [bytes.toString("base64"), bytes.toString("base64url"), bytes.toString("hex")];
  const quoted = [JSON.stringify(text).slice(1, -1), encodeURIComponent(text)];
  // Padding, and the character before it, depend on what follows.
  return [
    text,
    text.slice(0, 12),
    ...quoted,
    ...encoded.map((form) => form.slice(0, 40).replace(/.?=+$/, "")),
  ];
}

/** Each canary that a text shows, in whatever form. */
export function shown(canaries: readonly Canary[], text: string): string[] {
  return canaries.flatMap(({ what, text: canary }) =>
    forms(canary).some((form) => text.includes(form)) ? [what] : [],
  );
}

/** All that can be got out of whatever was thrown: message, stack, properties hidden and not, causes. */
export function everythingOf(thrown: unknown): string {
  const parts = [String(thrown), JSON.stringify(thrown), inspect(thrown, { showHidden: true, depth: 10 })];
  if (thrown instanceof Error) parts.push(thrown.message, thrown.stack ?? "", everythingOf(thrown.cause));
  return parts.join("\n");
}

/** The lines of a PEM, each a canary: it may be printed with other line breaks. */
export function linesOf(what: string, pem: string): Canary[] {
  return pem
    .split(/\r?\n/)
    .filter((line) => /^[\w+/=]{20,}$/.test(line))
    .map((text) => ({ what, text }));
}
