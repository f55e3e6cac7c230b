/** Fewer letters than this find everything. */
const LEAST_LETTERS = 2;

/**
 * What is looked for on Docker Hub while a name is typed; null where the name says already which image is meant, by a tag,
 * a digest or another registry, or has too little to go by.
 */
export function searchTerm(reference: string): string | null {
  const term = reference.trim();
  if (term.length < LEAST_LETTERS || !/^[\w][\w.-]*(\/[\w.-]*)?$/.test(term)) return null;
  const [first = '', rest] = term.split('/');
  // Another registry's name, or the beginning of one, which is nobody else's business.
  const isHost = first.includes('.') || (first === 'localhost' && rest !== undefined);
  return isHost ? null : term;
}
