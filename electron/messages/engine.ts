/** What main says to the engine's process. */
export interface ToEngine {
  readonly kind: 'stop';
}

/** What the engine's process says to main. */
export type FromEngine =
  /** First: where it listens, and whether another engine answers there already; then this process ends. */
  | { readonly kind: 'place'; readonly socketPath: string; readonly taken: boolean }
  | { readonly kind: 'listening' }
  | { readonly kind: 'failed'; readonly text: string };
