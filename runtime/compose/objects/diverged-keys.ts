/** How a network or volume that is there compares with what the files say of it. */
export type Comparison = 'as written' | 'diverged';

/** Does something for parts of a project by their keys; returns the keys of those that turned out to differ from the files. */
export async function divergedKeys<T>(
  parts: ReadonlyMap<string, T>,
  keys: Iterable<string>,
  ensure: (key: string, part: T) => Promise<Comparison>,
): Promise<string[]> {
  const diverged: string[] = [];
  await Promise.all(
    [...keys].map(async (key) => {
      const part = parts.get(key);
      if (part !== undefined && (await ensure(key, part)) === 'diverged') diverged.push(key);
    }),
  );
  return diverged;
}
