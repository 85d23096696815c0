import type { KeyProgress, Report } from "./report.js";

/** Proof of a containment: who, why, what, when. Times are ISO 8601, of our own seeing. It holds no value of a key. */
export interface Receipt {
  readonly v: 1;
  readonly secret: string;
  readonly provider: string;
  readonly by?: string;
  readonly source?: string;
  readonly reason?: string;
  readonly reportedAt: string;
  /** When the replacement became AWSCURRENT; absent where the current key was not the leaked one. */
  readonly currentAt?: string;
  readonly replacedBy?: { readonly version: string; readonly handle?: string };
  readonly keys: readonly (Pick<KeyProgress, "handle" | "killedAt" | "refusedAt"> & {
    readonly version: string;
    /** From the report until the vendor refused it; absent when it was dead already. */
    readonly secondsToDead?: number;
  })[];
  /** What whoever reads the secret must expect. */
  readonly consumers: string;
}

export interface ReceiptParts {
  readonly secret: string;
  readonly provider: string;
  readonly report: Report;
  readonly progress: Readonly<Record<string, KeyProgress>>;
  readonly replacedBy?: { readonly version: string; readonly handle?: string } | undefined;
  readonly currentAt?: string | undefined;
}

export function receiptOf(parts: ReceiptParts): Receipt {
  const { secret, provider, report, progress, replacedBy, currentAt } = parts;
  const { by, source, reason, at } = report;
  const keys = report.versions.map((version) => keyLine(version, progress[version] ?? {}, at));
  const isKilledFirst = keys.some(({ killedAt }) => killedAt && currentAt && killedAt < currentAt);
  return {
    ...{ v: 1, secret, provider },
    ...(by !== undefined && { by }),
    ...(source !== undefined && { source }),
    ...(reason !== undefined && { reason }),
    reportedAt: at,
    ...(currentAt !== undefined && { currentAt }),
    ...(replacedBy && { replacedBy }),
    keys,
    consumers: replacedBy
      ? `Whoever caches the value ${isKilledFirst ? "failed from the kill on, and " : ""}fails until it is read again: at once where a 401 makes them read it, else within the cache's time (AWS's Lambda extension: 5 minutes; its caching clients: 1 hour).`
      : "Nobody who reads the current value notices. Whoever still uses the ended key fails.",
  };
}

function keyLine(version: string, known: KeyProgress, reportedAt: string): Receipt["keys"][number] {
  const { handle, killedAt, refusedAt } = known;
  const times = Date.parse(refusedAt ?? "") - Date.parse(reportedAt);
  return {
    version,
    ...(handle !== undefined && { handle }),
    ...(killedAt !== undefined && { killedAt }),
    ...(refusedAt !== undefined && { refusedAt }),
    ...(killedAt !== undefined && refusedAt !== undefined && { secondsToDead: Math.round(times / 1000) }),
  };
}
