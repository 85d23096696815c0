import type { JournalEntry, JournalLine } from "../../services/sandbox/parts.js";

/** Journal entries as the sandbox writes them, for tests of what is said about them. */

export const secret = "app/github-installation-token";
export const token = "11111111-aaaa";
export const old = "sha256:01d0000000";
export const now = "sha256:c0ffee0000";
export const fresh = "sha256:f0e5400000";

/** Numbers and dates lines; each is `seconds` after the first, or as late as the one before it. */
export function journal(lines: readonly (JournalLine & { seconds?: number })[]): JournalEntry[] {
  let late = 0;
  return lines.map(({ seconds, ...line }, index) => {
    late = seconds ?? late;
    return { seq: index + 1, at: new Date(Date.UTC(2026, 5, 1) + late * 1000).toISOString(), ...line };
  });
}

export const rotation = (
  outcome: "started" | "succeeded" | "failed",
): Extract<JournalLine, { kind: "rotation" }> => ({
  ...{ kind: "rotation", secret, token, outcome },
});

export const begins = (step: string): JournalLine => ({
  ...{ kind: "invocation", phase: "start", secret, token, step },
});

export const ends = (step: string, message?: string): JournalLine => ({
  ...{ kind: "invocation", phase: "end", secret, token, step },
  ...(message !== undefined && { error: { name: "unavailable", message } }),
});

export const aws = (
  operation: string,
  error?: string,
  versionId = token,
): Extract<JournalLine, { kind: "request" }> => ({
  ...{ kind: "request", service: "secretsmanager", operation, status: error ? 400 : 200 },
  ...{ secret, versionId, credential: "function-keyturn-github-installation-token" },
  ...(error !== undefined && { error }),
});

export const github = (
  operation: string,
  status: number,
  credential: string,
  live: readonly string[],
): JournalLine => ({ kind: "request", service: "github", operation, status, credential, live });

export const paths = {
  mint: "POST /app/installations/{installation_id}/access_tokens",
  ask: "GET /installation/repositories",
  end: "DELETE /installation/token",
};

/** An ordinary rotation at GitHub: `old` is ended, `now` becomes the previous key, `fresh` the current one. */
export const ordinary: readonly JournalLine[] = [
  rotation("started"),
  begins("createSecret"),
  aws("DescribeSecret"),
  aws("GetSecretValue", "ResourceNotFoundException"),
  github(paths.end, 204, old, [now]),
  github(paths.ask, 401, old, [now]),
  github(paths.mint, 201, "app", [now, fresh]),
  aws("PutSecretValue"),
  ends("createSecret"),
  begins("setSecret"),
  ends("setSecret"),
  begins("testSecret"),
  aws("DescribeSecret"),
  github(paths.ask, 200, fresh, [now, fresh]),
  ends("testSecret"),
  begins("finishSecret"),
  github(paths.ask, 200, fresh, [now, fresh]),
  aws("UpdateSecretVersionStage"),
  ends("finishSecret"),
  rotation("succeeded"),
];
