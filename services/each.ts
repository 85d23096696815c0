/** Does `act` for each item, `width` at a time. Rejects with the first failure, and begins nothing after it. */
export async function each<Item>(
  items: readonly Item[],
  width: number,
  act: (item: Item) => Promise<void>,
): Promise<void> {
  const left = items.values();
  let failed = false;
  const work = async () => {
    for (const item of left) {
      if (failed) return;
      try {
        await act(item);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, work));
}
