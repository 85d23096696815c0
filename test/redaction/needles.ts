/** How much of a secret must not be shown, and the shortest form that is looked for. Characters. */
const window = 12;
/** One entry for each hash of four characters. */
const hashes = 1 << 16;

/** Texts that must turn up nowhere, in whatever form, found in one pass over what is looked through. */
export class Needles {
  readonly #begins = new Uint8Array(hashes);
  readonly #forms = new Map<string, { readonly form: string; readonly what: string }[]>();

  /** `what` names it; of a text shorter than 12 characters nothing is looked for. `all`: only the whole of it counts. */
  add(what: string, text: string, all = false): void {
    if (text.length < window) return;
    for (const form of formsOf(all ? text : text.slice(0, window))) {
      const begin = form.slice(0, window);
      const known = this.#forms.get(begin) ?? [];
      if (known.some((one) => one.form === form)) continue;
      this.#forms.set(begin, [...known, { form, what }]);
      this.#begins[hashOf(begin)] = 1;
    }
  }

  /** What of it a text shows. */
  find(text: string): ReadonlySet<string> {
    const found = new Set<string>();
    let hash = 0;
    for (let end = 0; end < text.length; end++) {
      hash = ((hash << 4) ^ text.charCodeAt(end)) & (hashes - 1);
      if (this.#begins[hash] !== 1) continue;
      const at = end - 3;
      for (const { form, what } of this.#forms.get(text.slice(at, at + window)) ?? []) {
        if (text.startsWith(form, at)) found.add(what);
      }
    }
    return found;
  }
}

/** Of four characters: each is shifted out by the fourth after it. */
function hashOf(text: string): number {
  let hash = 0;
  for (let at = 0; at < 4; at++) hash = ((hash << 4) ^ text.charCodeAt(at)) & (hashes - 1);
  return hash;
}

/** Itself, and as it stands in JSON, in a URL, in hexadecimal and in base64. */
function formsOf(text: string): ReadonlySet<string> {
  const bytes = Buffer.from(text);
  const base64 = [0, 1, 2].map((offset) => base64Of(bytes, offset));
  const urlSafe = base64.map((form) => form.replaceAll("+", "-").replaceAll("/", "_"));
  const quoted = [JSON.stringify(text).slice(1, -1), encodeURIComponent(text)];
  return new Set([text, ...quoted, bytes.toString("hex"), ...base64, ...urlSafe]);
}

/** The characters that bytes give in base64, whatever stands after them and `offset` bytes (of three) before them. */
function base64Of(bytes: Uint8Array, offset: number): string {
  const whole = Buffer.concat([Buffer.alloc(offset), bytes]);
  return whole.toString("base64").slice(Math.ceil((offset * 4) / 3), Math.floor((whole.length * 4) / 3));
}
