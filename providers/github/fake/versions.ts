/** API versions, as asked for by `x-github-api-version`. */
export const firstVersion = "2022-11-28";
export const newestVersion = "2026-03-10";
export const versions: readonly string[] = [firstVersion, newestVersion];
