/** What a provider's function is called wherever it lies or runs: `<vendor>-<kind>`. */
export function functionName(providerId: string): string {
  return providerId.replace("/", "-");
}
