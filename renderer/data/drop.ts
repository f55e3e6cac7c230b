/** Marks a promise that nobody waits for; its failure is reported, because nothing may fail without a word. */
export function drop(promise: Promise<unknown>): void {
  promise.catch((error: unknown) => {
    console.error(error);
  });
}
