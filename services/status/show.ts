import type { Happened, History } from "../history/history.js";
import type { StatusReport } from "./report.js";
import type { SecretStatus, Trouble, VersionStatus } from "./status.js";
import { age, at, clip, plain, soon, table } from "./words.js";

/** Events that are shown; `--json` has all that were read. */
const mostShown = 20;
const columns = 100;

/** The report for people: worst first, 100 columns, and what to type. */
export function show(report: StatusReport): string {
  const { secrets, environment, at: now } = report;
  const lines = report.history && secrets[0] ? one(report, secrets[0]) : fleet(report);
  const troubled = secrets.filter(({ level }) => level === "alarm" || level === "warning").length;
  const count = `${secrets.length} ${secrets.length === 1 ? "secret" : "secrets"} of ${environment}`;
  const head = `${count}: ${troubled === 0 ? "all well" : `${troubled} in trouble`}`;
  const time = `${at(now)}`;
  return [
    `${head}${" ".repeat(Math.max(2, columns - head.length - time.length))}${time}`,
    "",
    ...lines,
    "",
  ].join("\n");
}

function fleet({ secrets, at: now }: StatusReport): readonly string[] {
  const rows = secrets.map((status) => {
    const current = status.versions.find(({ role }) => role === "current");
    return [
      status.state.replaceAll("_", " "),
      clip(status.secret, 32),
      current?.madeAt ? age(current.madeAt, now) : "-",
      nextOf(status, now),
      previousOf(status, now),
    ];
  });
  const heads = ["STATE", "SECRET", "KEY AGE", "NEXT ROTATION", "PREVIOUS KEY"];
  const todo = secrets.filter(({ troubles }) => troubles.some(isUrgent));
  const seeAll = todo.flatMap((status) => [
    "",
    `${status.secret}`,
    ...advice(status.troubles.filter(isUrgent)),
  ]);
  return [...table([heads, ...rows]), ...(todo.length > 0 ? ["", "What to type", ...seeAll] : [])];
}

const isUrgent = ({ level }: Trouble) => level !== "note";

function one(report: StatusReport, status: SecretStatus): readonly string[] {
  const { rotation } = status;
  const last = rotation.last ? `, last ${at(rotation.last)} (${age(rotation.last, report.at)} ago)` : "";
  const next = rotation.next ? `, next ${at(rotation.next)} (${nextOf(status, report.at)})` : "";
  const facts = [
    ["state", status.state.replaceAll("_", " ")],
    ["provider", status.provider],
    ["rotates", `${rotation.declared}${last}${next}`],
    ["started by", rotation.startedBy === "none" ? "nothing" : rotation.startedBy],
  ];
  const versions = status.versions.map((version) => [
    version.role,
    version.madeAt ? age(version.madeAt, report.at) : "-",
    version.handle ? clip(plain(version.handle), 44) : (holdsWords[version.holds] ?? "-"),
    remarks(version, report.at),
  ]);
  return [
    plain(status.secret),
    ...table(facts).map((line) => `  ${line}`),
    ...(versions.length > 0
      ? ["", ...table([["VERSION", "AGE", "KEY", ""], ...versions]).map((line) => `  ${line}`)]
      : []),
    ...(status.troubles.length > 0 ? ["", ...advice(status.troubles)] : []),
    ...past(report),
  ];
}

const holdsWords: Readonly<Record<VersionStatus["holds"], string>> = {
  key: "a key whose record was changed",
  brought: "a key that somebody brought along",
  placeholder: "the placeholder",
  invalid: "nothing that a rotation can read",
  nothing: "no value",
  withheld: "not shown to you",
};

function remarks(version: VersionStatus, now: Date): string {
  const { overlapUntil, expiresAt, since, claims } = version;
  return [
    ...(version.leaked ? ["LEAKED"] : []),
    ...(since ? [`since ${at(since)}`] : []),
    ...(overlapUntil ? [`ends ${soon(overlapUntil, now)}`] : []),
    ...(expiresAt ? [`lives until ${at(expiresAt)}`] : []),
    ...claims.map(({ kind }) => (kind === "end" ? "being ended" : "being rolled back to")),
  ].join(", ");
}

function nextOf({ rotation, troubles, versions }: SecretStatus, now: Date): string {
  if (versions.some(({ role }) => role === "pending")) return "now";
  if (troubles.some(({ code }) => code === "paused")) return "paused";
  if (!rotation.next) return rotation.startedBy === "unknown" ? "not known" : "never";
  const jitter = rotation.jitterMinutes ? ` +${rotation.jitterMinutes}m` : "";
  return `${soon(rotation.next, now)}${jitter}`;
}

function previousOf({ versions }: SecretStatus, now: Date): string {
  const previous = versions.find(({ role }) => role === "previous");
  if (!previous || previous.holds === "placeholder" || previous.holds === "nothing") return "-";
  if (previous.leaked) return "leaked";
  return previous.overlapUntil ? `ends ${soon(previous.overlapUntil, now)}` : "there";
}

function advice(troubles: readonly Trouble[]): readonly string[] {
  return troubles.flatMap(({ words, next }) => [`  ${plain(words)}`, `  > ${plain(next)}`]);
}

function past({ history, receipt, at: now }: StatusReport): readonly string[] {
  if (!history) return [];
  if ("code" in history) return ["", `No history could be read (${history.code}).`];
  const shown = history.events.slice(-mostShown);
  const title = shown.length > 0 ? "History, oldest first" : "No events are on record";
  return [
    ...["", title, ...shown.map(eventLine), ...leftOut(history, shown.length)],
    ...(receipt ? ["", `Last contained leak, ${age(receipt.at, now)} ago`, ...receiptLines(receipt)] : []),
  ];
}

function leftOut({ events, skipped, truncated }: History, shown: number): readonly string[] {
  const older = events.length - shown;
  return [
    ...(older > 0 || truncated ? [`  ${older}${truncated ? " and more" : ""} older ones: --json`] : []),
    ...(skipped > 0 ? [`  ${skipped} lines of the log are none that this version knows`] : []),
  ];
}

/** Said elsewhere, or too long for a line. */
const unsaid = [
  ...["v", "environment", "secret", "arn", "provider", "at", "receipt"],
  ...["rotation", "message", "retryable", "seconds"],
];

function eventLine({ name, at: time, detail }: Happened): string {
  const fields = Object.entries(detail).filter(
    ([field, value]) => !unsaid.includes(field) && typeof value !== "object",
  );
  const told = fields.map(([field, value]) => `${field}=${clip(String(value), 36)}`).join(" ");
  return clip(plain(`  ${at(time)}  ${name.padEnd(20)} ${told}`), columns, "end");
}

function receiptLines({ detail }: Happened): readonly string[] {
  const { receipt } = detail;
  const fields = typeof receipt === "object" && receipt !== null ? Object.entries(receipt) : [];
  return table(
    fields.map(([field, value]) => [field, typeof value === "string" ? plain(value) : JSON.stringify(value)]),
  ).map((line) => clip(`  ${line}`, columns, "end"));
}
