/** Both ends of a private key's block, spaces as forms send them too. */
const frame = /-----(BEGIN|END)[ +]((?:[A-Z0-9]{1,16}[ +]){0,4})PRIVATE[ +]KEY-----/g;
/** No key that anyone rotates is longer. Characters. */
const longestBody = 32_768;
const longestPrefix = 40;

/**
 * Every private key's block in a text, as `-----BEGIN …-----`, lines of 64 characters, and `-----END …-----`: whatever its line
 * breaks were, and without what stood around its lines (indentation, quotes, a diff's or a mail's marks). Linear in the text.
 */
export function keyBlocksIn(text: string): readonly string[] {
  const blocks: string[] = [];
  let begin: { readonly label: string; readonly at: number; readonly bodyAt: number } | undefined;
  for (const { 0: whole, 1: word, 2: kind = "", index } of text.matchAll(frame)) {
    const label = `${kind.replaceAll("+", " ")}PRIVATE KEY`;
    if (word === "BEGIN") {
      begin = { label, at: index, bodyAt: index + whole.length };
      continue;
    }
    if (begin?.label === label && index - begin.bodyAt <= longestBody) {
      const body = bodyOf(text.slice(begin.bodyAt, index), linePrefix(text, begin.at));
      if (body) blocks.push(`-----BEGIN ${label}-----\n${body}\n-----END ${label}-----`);
    }
    begin = undefined;
  }
  return blocks;
}

/** What stands before the block on its first line, where that may stand before each of its lines. */
function linePrefix(text: string, at: number): string {
  const before = text.slice(Math.max(0, at - longestPrefix), at);
  const prefix = before.slice(before.lastIndexOf("\n") + 1);
  return /[A-Za-z0-9]/.test(prefix) ? "" : prefix.trimEnd();
}

/** Undefined for what is no base64: a block with headers is encrypted. */
function bodyOf(text: string, prefix: string): string | undefined {
  const lines = text.split(/\r?\n|\r/).map((line) => {
    const own = prefix !== "" && line.startsWith(prefix) ? line.slice(prefix.length) : line;
    return /[A-Za-z0-9]/.test(own) ? bare(own) : "";
  });
  const body = lines.join("");
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(body)) return undefined;
  return body.replace(/.{64}(?=.)/g, "$&\n");
}

/** A line without white space, quotes, and the marks by which source code goes on in the next. An escape in it stays, and spoils it. */
function bare(line: string): string {
  return line.replace(/["'`]\s*[+.&]\s*$|\\\s*$/, "").replace(/[\s"'`,;]+/g, "");
}
