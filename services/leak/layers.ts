/** How many encodings may lie within one another. */
const deepest = 4;
/** What all decoded texts together may come to. Characters. */
const most = 8 * 1024 * 1024;
/** No key is shorter. */
const shortest = 16;

const esc = String.fromCharCode(27);
const named: Readonly<Record<string, string>> = {
  ...{ "\\n": "\n", "\\r": "\r", "\\t": "\t", "\\b": " ", "\\f": " " },
  ...{ "&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&apos;": "'", "&nbsp;": " " },
};
/** ASCII as URLs, JSON and source code, HTML, and mail (quoted-printable) write it; a terminal's colours. */
const escaped = new RegExp(
  [
    "%[0-7][0-9A-Fa-f]",
    "\\\\u00[0-7][0-9A-Fa-f]",
    "\\\\x[0-7][0-9A-Fa-f]",
    "\\\\[nrtbf\"'`$/\\\\]",
    "\\\\\\r?\\n",
    "&#\\d{1,3};",
    "&#[xX][0-7]?[0-9A-Fa-f];",
    "&(?:amp|lt|gt|quot|apos|nbsp);",
    "=3D",
    "=\\r?\\n",
    `${esc}\\[[0-9;?]{0,32}[A-Za-z]`,
  ].join("|"),
  "g",
);

/**
 * A text as it is, and as it reads once what is written in URLs, JSON, source code, HTML, mail or base64 is undone: each on its own
 * and within one another, up to four deep. The text itself comes first. Linear in it: what is decoded comes to 8 MB at most, and
 * what would be more is left out.
 */
export function* layersOf(text: string): Generator<string> {
  const seen = new Set([text]);
  let left = most;
  let wave = [text];
  for (let depth = 0; depth <= deepest && wave.length > 0; depth++) {
    const next: string[] = [];
    for (const layer of wave) {
      yield layer;
      if (depth === deepest) continue;
      for (const decoded of [unescaped(layer), unpacked(layer)]) {
        if (decoded.length < shortest || decoded.length > left || seen.has(decoded)) continue;
        seen.add(decoded);
        left -= decoded.length;
        next.push(decoded);
      }
    }
    wave = next;
  }
}

/** One level of escapes undone, of whichever kind. */
function unescaped(text: string): string {
  return text.replace(escaped, (one) => {
    const known = named[one];
    if (known !== undefined) return known;
    if (one === "=3D") return "=";
    // A soft line break, a line continued, a colour.
    if (one.endsWith("\n") || one.startsWith(esc)) return "";
    const digits = /^(?:%|\\u00|\\x|&#[xX])([0-9A-Fa-f]+);?$/.exec(one)?.[1];
    if (digits !== undefined) return String.fromCharCode(Number.parseInt(digits, 16));
    if (one.startsWith("&#")) return String.fromCharCode(Number.parseInt(one.slice(2), 10));
    return one.slice(1);
  });
}

const run = /[A-Za-z0-9+/_-]{24,}={0,2}/g;
const wrapped =
  /^[ \t]*[A-Za-z0-9+/]{40,}\r?\n(?:[ \t]*[A-Za-z0-9+/]{40,}\r?\n)*[ \t]*[A-Za-z0-9+/]+={0,2}[ \t]*\r?$/gm;
const readable = /[\t\r\n\x20-\x7e]{16,}/g;

/** What can be read in base64, wherever in a run it begins, and where it is wrapped into lines. */
function unpacked(text: string): string {
  const found: string[] = [];
  const read = (base64: string) => {
    const bytes = Buffer.from(base64, "base64").toString("latin1");
    found.push(...(bytes.match(readable) ?? []));
  };
  for (const [one] of text.matchAll(run)) {
    for (let begin = 0; begin < 4; begin++) read(one.slice(begin));
  }
  for (const [one] of text.matchAll(wrapped)) read(one.replace(/\s+/g, ""));
  return found.join("\n");
}
