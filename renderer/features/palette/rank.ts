interface Ranked {
  readonly label: string;
  readonly note: string;
  /** More words that it is found by, which are not shown. */
  readonly words?: readonly string[];
}

/** How well a label fits a query: lower is better, null is not at all. Every word must be found. */
export function score(entry: Ranked, query: string): number | null {
  const label = entry.label.toLowerCase();
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  let total = 0;
  for (const word of words) {
    const at = label.indexOf(word);
    if (at === 0) total += 0;
    else if (at > 0 && /[\s/:_.-]/.test(label.charAt(at - 1))) total += 1;
    else if (at > 0) total += 2;
    else if (entry.words?.some((one) => one.startsWith(word)) === true) total += 3;
    else if (entry.note.toLowerCase().includes(word)) total += 4;
    else return null;
  }
  return total + label.length / 1000;
}

/** Entries that fit, best first; all of them in their own order for an empty query. */
export function rank<Entry extends Ranked>(entries: readonly Entry[], query: string): Entry[] {
  if (query.trim() === '') return [...entries];
  const scored = entries.flatMap((entry) => {
    const value = score(entry, query);
    return value === null ? [] : [{ entry, value }];
  });
  return scored.sort((a, b) => a.value - b.value).map(({ entry }) => entry);
}
