/** What a schema of zod found wrong, in one line: where, and what. It shows no value. */
export function problemsOf({
  issues,
}: {
  readonly issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[];
}): string {
  return issues.map(({ path, message }) => `${path.join(".") || "(the whole)"}: ${message}`).join("; ");
}
