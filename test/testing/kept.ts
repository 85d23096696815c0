import { conformance, type Subject } from "../../services/testing/index.js";

/** Promises that are checked by many trials together, by far the longest part. */
export const tried: readonly string[] = ["network", "status", "shape", "limits", "errors", "secrets", "time"];

/** Ids of the promises that are broken, of those that are `wanted`. */
export async function brokenOf(
  subject: Subject,
  wanted: (id: string) => boolean,
): Promise<readonly string[]> {
  const broken: string[] = [];
  for (const { id, run } of conformance(subject)) {
    if (wanted(id)) await run().catch(() => broken.push(id));
  }
  return broken.sort();
}
