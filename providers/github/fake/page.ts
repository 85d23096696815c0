import type { FakeRequest } from "../../kit/fake.js";

/**
 * One page of a list: `per_page` 1 to 100, 30 when it is not said or makes no sense. `link` names the pages around it as
 * whole addresses at the host that was asked, so that whoever follows them stays there; absent when one page holds all.
 *
 * @see https://docs.github.com/rest/using-the-rest-api/using-pagination-in-the-rest-api
 */
export function pageOf<Item>(
  request: FakeRequest,
  all: readonly Item[],
): { readonly items: readonly Item[]; readonly headers: Readonly<Record<string, string>> } {
  const size = Math.min(100, wholeNumber(request.query.get("per_page")) ?? 30);
  const page = wholeNumber(request.query.get("page")) ?? 1;
  const last = Math.max(1, Math.ceil(all.length / size));
  const around: readonly (readonly [string, number, boolean])[] = [
    ["prev", Math.min(page - 1, last), page > 1],
    ["next", page + 1, page < last],
    ["last", last, page < last],
    ["first", 1, page > 1],
  ];
  const link = around
    .filter(([, , exists]) => exists)
    .map(([rel, number]) => `<${addressOf(request, number)}>; rel="${rel}"`)
    .join(", ");
  return { items: all.slice((page - 1) * size, page * size), headers: link ? { link } : {} };
}

function addressOf({ headers, path, query }: FakeRequest, page: number): string {
  const changed = new URLSearchParams(query);
  changed.set("page", String(page));
  const host = headers["host"];
  return `${host === undefined ? "https://api.github.com" : `http://${host}`}${path}?${changed}`;
}

function wholeNumber(text: string | null): number | undefined {
  return text !== null && /^[1-9]\d{0,5}$/.test(text) ? Number(text) : undefined;
}
