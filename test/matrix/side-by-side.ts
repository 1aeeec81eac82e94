/** Cells that are asked side by side. */
const LANES = 16;

/**
 * Does something with each of many, some of them at once.
 *
 * @param onDone - called after each with how many are done
 */
export async function sideBySide<Item>(
  items: readonly Item[],
  work: (item: Item) => Promise<void>,
  onDone: (count: number) => void = () => {},
): Promise<void> {
  const rest = items.values();
  let done = 0;
  // One iterator for all lanes: each takes the next one that nobody has taken.
  const lane = async (): Promise<void> => {
    for (const item of rest) {
      await work(item);
      done += 1;
      onDone(done);
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
}
