import type { RotateResult } from "./ordinary.js";

export function showRotated({ secret, outcome, rotation, previous }: RotateResult): string {
  switch (outcome) {
    case "rotated":
      return [
        `${secret}: rotated. Version ${rotation} is current.`,
        ...(previous
          ? [`The key of version ${previous.version} works until ${previous.until.toISOString()}.`]
          : []),
      ].join("\n");
    case "started":
      return `${secret}: rotation ${rotation} is started. How it goes: keyturn status ${secret}`;
    case "open":
      return `${secret}: rotation ${rotation} is not done yet. It goes on in AWS: keyturn status ${secret}`;
    case "ended":
      return `${secret}: rotation ${rotation} was ended for good, and its key did not become current. Why: keyturn status ${secret}`;
  }
}
