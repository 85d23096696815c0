import { plain } from "../../status/words.js";
import { adviceFor } from "./advice.js";
import type { FoundValue, Holder } from "./value.js";

/** What a text holds, and who holds the same. It shows no key. */
export function showFound({ hits, holders, unmatched, unread }: FoundValue): string {
  if (hits.length === 0) {
    return "No key was recognised in what was read. If you know whose it is: keyturn rotate-secret <secret> --leaked";
  }
  return [
    ...holders.map((holder, index) => `${String(index + 1).padStart(3)}  ${holderLine(holder)}`),
    ...unmatched.map((hit) =>
      [
        `  -  ${hit.title}, which no secret of this account and Region holds.`,
        `     ${hit.rotated ? adviceFor(hit.kind) : hit.advice}`,
        ...(!hit.rotated && hit.publiclyRevocable
          ? ["     This command can: add --revoke-at-github, and paste it again."]
          : []),
      ].join("\n"),
    ),
    ...unreadLines(unread),
  ].join("\n");
}

function holderLine({ secret, title, versions, hindrance }: Holder): string {
  const held = versions.map(({ versionId, standing }) => `${standing} version ${versionId}`).join(", ");
  return `${plain(secret.name)}: ${title}, ${plain(held)}${hindrance === undefined ? "" : `\n     Not from here: ${plain(hindrance)}`}`;
}

function unreadLines(unread: FoundValue["unread"]): readonly string[] {
  if (unread.length === 0) return [];
  const names = [...new Set(unread.map(({ secret }) => secret))];
  const shown = names.slice(0, 5).join(", ");
  return [
    `  !  ${unread.length} versions could not be looked into (${unread[0]?.reason}): ${plain(shown)}${names.length > 5 ? " and others" : ""}. They may hold it too.`,
  ];
}

/**
 * Which of so many somebody has typed: numbers, or `all`.
 * @returns their indices; undefined for anything else
 */
export function chosen(typed: string, count: number): readonly number[] | undefined {
  const words = typed.trim().split(/[\s,]+/);
  if (words.length === 1 && words[0] === "all") return Array.from({ length: count }, (_, index) => index);
  const numbers = words.map((word) => (/^\d{1,4}$/.test(word) ? Number(word) : 0));
  return numbers.every((number) => number >= 1 && number <= count)
    ? [...new Set(numbers.map((number) => number - 1))]
    : undefined;
}
