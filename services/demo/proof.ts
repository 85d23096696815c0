import type { Entry, RequestEntry } from "./ask.js";
import { routeOf, type Tone } from "./requests.js";
import type { Role } from "./standing.js";

/** What came of one use of a key by the application, as the journal has it. */
export interface Use {
  readonly service: string;
  readonly handle: string;
  readonly role: Role;
  readonly asked: string;
  readonly words: string;
  readonly tone: Tone;
  /** A retired key was refused, or another one accepted. */
  readonly holds: boolean;
}

/** Reads one use off the entries that followed it. */
export function useOf(
  key: { readonly service: string; readonly handle: string },
  role: Role,
  entries: readonly Entry[],
): Use {
  const request = entries.findLast(
    (entry): entry is RequestEntry =>
      entry.kind === "request" &&
      entry.service === key.service &&
      // What a fault keeps from the vendor carries no credential.
      (entry.credential === key.handle || (entry.credential === undefined && entry.status === 0)),
  );
  const use = { service: key.service, handle: key.handle, role };
  if (!request) return { ...use, asked: "no request seen", words: "NOT ASKED", tone: "bad", holds: false };
  const { status, error } = request;
  const asked = `${routeOf(request)} → ${status === 0 ? "none" : status}${error ? ` (${error})` : ""}`;
  if (error !== undefined) return { ...use, asked, words: "NO ANSWER", tone: "bad", holds: false };
  // A key that lacks a permission (403) is alive.
  const accepted = status === 200 || status === 403;
  if (!accepted && status !== 401) return { ...use, asked, words: "NO VERDICT", tone: "bad", holds: false };
  const holds = accepted === (role !== "retired");
  return {
    ...use,
    asked,
    words: verdicts[role][accepted ? "accepted" : "refused"],
    tone: holds ? "good" : "bad",
    holds,
  };
}

const verdicts = {
  current: { accepted: "accepted", refused: "REFUSED" },
  previous: { accepted: "accepted (overlap)", refused: "REFUSED" },
  retired: { accepted: "STILL ACCEPTED", refused: "refused" },
} as const;

export interface Claim {
  readonly text: string;
  readonly holds: boolean;
}

/** A secret whose rotations are counted, and the vendor it is rotated at. */
interface Counted {
  readonly secret: string;
  readonly service: string;
  readonly vendor: string;
}

/** What the whole journal says, as claims that hold or do not. `planned`: how many rotations there were to be, of all secrets. */
export function claims(
  entries: readonly Entry[],
  secrets: readonly Counted[],
  uses: readonly Use[],
  planned: number,
): readonly Claim[] {
  const count = (outcome: string) =>
    entries.filter((entry) => entry.kind === "rotation" && entry.outcome === outcome).length;
  const tries = entries.filter((entry) => entry.kind === "invocation" && entry.error).length;
  const succeeded = count("succeeded");
  const most = secrets.map(({ service, vendor }) => ({ vendor, live: mostLive(entries, service) }));
  const used = (wanted: (role: Role) => boolean, least: number) => {
    const some = uses.filter(({ role }) => wanted(role));
    const good = some.filter(({ holds }) => holds).length;
    return {
      text: `${good} of ${Math.max(some.length, least)}`,
      holds: good >= least && good === some.length,
    };
  };
  const others = used((role) => role !== "retired", 2 * secrets.length);
  const retired = used((role) => role === "retired", planned - 2 * secrets.length);
  return [
    {
      text: `every rotation succeeded: ${succeeded} of ${planned} (failed tries: ${tries})`,
      holds: succeeded === planned && count("failed") === 0,
    },
    {
      text: `never more than two keys of a secret were live: at most ${most.map(({ vendor, live }) => `${live} at ${vendor}`).join(", ")}`,
      holds: most.every(({ live }) => live <= 2),
    },
    { text: `every retired key is refused: ${retired.text}`, holds: retired.holds },
    { text: `every current and previous key is accepted: ${others.text}`, holds: others.holds },
  ];
}

/** The most keys that a vendor would have accepted after any exchange with it. */
function mostLive(entries: readonly Entry[], service: string): number {
  return Math.max(
    0,
    ...entries.map((entry) =>
      entry.kind === "request" && entry.service === service ? (entry.live?.length ?? 0) : 0,
    ),
  );
}

/** The function's own calls on the secret, rotation by rotation, in order. */
export function callsPerRotation(entries: readonly Entry[], secret: string): readonly number[] {
  const calls: number[] = [];
  for (const entry of entries) {
    if (entry.kind === "rotation" && entry.secret === secret && entry.outcome === "started") calls.push(0);
    const isOwn =
      entry.kind === "request" && entry.secret === secret && entry.credential?.startsWith("function-");
    if (isOwn && calls.length > 0) calls[calls.length - 1] = (calls.at(-1) ?? 0) + 1;
  }
  return calls;
}

/** Seconds between the first entry and the last, on the sandbox's clock. */
export function secondsTold(entries: readonly Entry[]): number {
  return (Date.parse(entries.at(-1)?.at ?? "") - Date.parse(entries.at(0)?.at ?? "")) / 1000 || 0;
}
