/**
 * The command that acts on a report which waits for a human. Others have written parts of it, and it will be pasted into a shell: what
 * is not plain is quoted, and of the reason only letters, digits and a few signs are kept.
 */
export function approvalOf({
  secret,
  version,
  source,
  reason,
}: {
  readonly secret: string;
  readonly version: string;
  readonly source: string;
  readonly reason: string | undefined;
}): string {
  const said = `reported by ${source}${reason === undefined ? "" : `: ${reason}`}`;
  const words = said.replace(/[^\p{L}\p{N} .,:/@_+-]/gu, "").slice(0, longestReason);
  return [
    "keyturn rotate-secret",
    quoted(secret),
    "--leaked --only",
    quoted(version),
    `--reason '${words}'`,
  ].join(" ");
}

/** As much as a report takes. */
const longestReason = 256;

/** One word of a POSIX shell. */
function quoted(text: string): string {
  return /^[\w/.:@+=-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
