import { strange } from "./failures.js";

const maxPages = 1000;

/** One page: its items, and where the next one is, if any. */
export interface Page<Item> {
  readonly items: readonly Item[];
  readonly next: string | undefined;
}

/** All items of all pages, from `path` on. @throws ProviderError `unexpected` for a list that does not end. */
export async function allPages<Item>(
  path: string,
  read: (path: string) => Promise<Page<Item>>,
): Promise<readonly Item[]> {
  const all: Item[] = [];
  const seen = new Set<string>();
  for (let at: string | undefined = path; at !== undefined; ) {
    if (seen.has(at) || seen.size >= maxPages) throw strange("a list that ends", "one that does not");
    seen.add(at);
    const { items, next }: Page<Item> = await read(at);
    all.push(...items);
    at = next;
  }
  return all;
}
