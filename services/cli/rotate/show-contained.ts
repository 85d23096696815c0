import type { Receipt } from "../../rotation/leak/receipt.js";
import type { ContainResult } from "../../rotation/leak/result.js";
import { plain, table } from "../../status/words.js";
import type { Containment } from "./containment.js";
import { whatGoesOn } from "./until-contained.js";

const heads: Readonly<Record<ContainResult["outcome"], string>> = {
  contained: "CONTAINED: every leaked key is dead.",
  nothing_to_do: "NOTHING TO DO: the reported keys were dead already, and nothing was replaced.",
  not_dead: "NOT YET DEAD: replaced, but its vendor was not yet seen to refuse a leaked key.",
  not_replaced: "NOT REPLACED: the current version still holds a leaked key.",
};

/** What became of a leak, for people under stress: the verdict first, then the receipt, or what is left and what goes on. */
export function showContained(containment: Containment, result: ContainResult): string {
  const { secret, versions, outcome, receipt } = result;
  const standing = versions.map(({ version, handle, killedAt, refusedAt, state }) => [
    plain(handle ?? `version ${version}`),
    [
      ...(killedAt ? [`killed ${killedAt}`] : []),
      ...(refusedAt ? [`refused ${refusedAt}`] : []),
      ...(state === "done" ? [] : [state]),
    ].join(", ") || "done",
  ]);
  return [
    `${secret}: ${heads[outcome]}`,
    ...(receipt
      ? ["", "Receipt", ...receiptLines(receipt)]
      : ["", ...table(standing).map((line) => `  ${line}`), "", whatGoesOn(containment)]),
  ].join("\n");
}

/** The whole receipt, two columns. */
export function receiptLines(receipt: Receipt): readonly string[] {
  const { secret, provider, by, source, reason, reportedAt, currentAt, replacedBy, keys, consumers } =
    receipt;
  const rows: (readonly [string, string])[] = [
    ["secret", secret],
    ["provider", provider],
    ["reported at", reportedAt],
    ...(by === undefined ? [] : [["by", by] as const]),
    ...(source === undefined ? [] : [["source", source] as const]),
    ...(reason === undefined ? [] : [["reason", reason] as const]),
    ...(replacedBy
      ? [
          ["replaced by", replacedBy.handle ?? "a key that somebody brought along"] as const,
          ["  version", replacedBy.version] as const,
        ]
      : [["replaced by", "nothing: none was needed since the report"] as const]),
    ...(currentAt === undefined ? [] : [["  current at", currentAt] as const]),
    ...keys.flatMap(({ version, handle, killedAt, refusedAt, secondsToDead }) => [
      ["leaked key", handle ?? "none of ours in this version"] as const,
      ["  version", version] as const,
      ["  killed at", killedAt ?? "dead before"] as const,
      ["  refused at", refusedAt ?? "-"] as const,
      ...(secondsToDead === undefined ? [] : [["  dead after", `${secondsToDead} s`] as const]),
    ]),
    ["consumers", consumers],
  ];
  return table(rows.map(([name, value]) => [name, plain(value)])).map((line) => `  ${line}`);
}
