/** Things in order of `compare`; the first is at hand. Adding and removing take time by the logarithm of how many there are. */
export interface Heap<Item> {
  readonly size: number;
  first(): Item | undefined;
  /** An item may be in it once. */
  add(item: Item): void;
  /** Whether it was in it. */
  remove(item: Item): boolean;
  clear(): void;
}

/** `compare`: negative when `a` comes before `b`; never 0 for two items that are in it together. */
export function createHeap<Item>(compare: (a: Item, b: Item) => number): Heap<Item> {
  // A binary heap: neither of the children of `at`, 2·at + 1 and 2·at + 2, comes before it.
  const items: Item[] = [];
  const places = new Map<Item, number>();

  const put = (item: Item, at: number) => {
    items[at] = item;
    places.set(item, at);
  };

  /** Finds the place of `item` on the way up from `at`, which is free. */
  const rise = (item: Item, from: number) => {
    let at = from;
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = items[above];
      if (parent === undefined || compare(item, parent) > 0) break;
      put(parent, at);
      at = above;
    }
    put(item, at);
  };

  /** Finds it on the way down. */
  const sink = (item: Item, from: number) => {
    let at = from;
    for (;;) {
      const left = 2 * at + 1;
      const [one, other] = [items[left], items[left + 1]];
      if (one === undefined) break;
      const below = other !== undefined && compare(other, one) < 0 ? left + 1 : left;
      const child = below === left ? one : other;
      if (child === undefined || compare(item, child) < 0) break;
      put(child, at);
      at = below;
    }
    put(item, at);
  };

  return {
    get size() {
      return items.length;
    },
    first: () => items[0],
    add(item) {
      items.push(item);
      rise(item, items.length - 1);
    },
    remove(item) {
      const at = places.get(item);
      const last = items.at(-1);
      if (at === undefined || last === undefined) return false;
      items.pop();
      places.delete(item);
      if (last === item) return true;
      const parent = items[(at - 1) >> 1];
      if (at > 0 && parent !== undefined && compare(last, parent) < 0) rise(last, at);
      else sink(last, at);
      return true;
    },
    clear() {
      items.length = 0;
      places.clear();
    },
  };
}
