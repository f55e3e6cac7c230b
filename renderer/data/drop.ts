/** Marks a promise that nobody waits for; its failure is reported, because nothing may fail without a word. */
export function drop(promise: Promise<unknown>): void {
  promise.catch((error: unknown) => {
    // The one place that writes to the console: a failure nobody handles is a bug to be seen.
    // eslint-disable-next-line no-console
    console.error(error);
  });
}
