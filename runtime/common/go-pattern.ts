/** A regular expression of Go's, as the docker client's filters have them. */
export interface GoPattern {
  /** Whether it is anywhere in a text. */
  test(text: string): boolean;
}

/** Nothing in it means anything but itself. */
const PLAIN = /^[\w/-]*$/;

/**
 * Patterns in Go's syntax, whose time grows with a text's length only: JavaScript's own try every way that there is, and
 * whoever writes one could keep the engine busy for ever. null for what is none.
 */
export async function goPattern(text: string): Promise<GoPattern | null> {
  if (PLAIN.test(text)) return { test: (other) => other.includes(text) };
  // 20 ms and 5 MB, which most engines never need.
  const { RE2JS, RE2JSSyntaxException } = await import('re2js');
  try {
    const compiled = RE2JS.compile(text);
    return { test: (other) => compiled.matcher(other).find() };
  } catch (error) {
    if (error instanceof RE2JSSyntaxException) return null;
    throw error;
  }
}

/**
 * A test of a filter with these values, each a pattern, as Docker's: one of them is enough, a value stands for itself also
 * when it is no pattern, and without any everything passes.
 */
export async function filterPattern(values: readonly string[] | undefined): Promise<GoPattern> {
  if (values === undefined || values.length === 0) return { test: () => true };
  const exact = new Set(values);
  const patterns = (await Promise.all(values.map(goPattern))).filter((pattern) => pattern !== null);
  return { test: (text) => exact.has(text) || patterns.some((pattern) => pattern.test(text)) };
}
