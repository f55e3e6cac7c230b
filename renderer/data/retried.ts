/**
 * Waits before a part of the page is asked for again, in milliseconds. A browser gives requests up whenever an interface
 * of the machine comes or goes, as networks of containers do all day.
 */
const WAITS_MS = [100, 400, 1500, 3000];

/** Loads a part of the page, again when that fails for a moment. Rejects with the last failure. */
export function retried<T>(load: () => Promise<T>): () => Promise<T> {
  return async () => {
    for (const wait of WAITS_MS) {
      try {
        return await load();
      } catch {
        await new Promise((wake) => setTimeout(wake, wait));
      }
    }
    return load();
  };
}
