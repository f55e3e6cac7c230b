import { common } from '../strings/common.ts';
import { dismissToast, showToast } from './toasts.ts';

/** What is over sooner needs no word before its end. In milliseconds. */
const PATIENCE_MS = 400;

/**
 * Does something that may take a while: then it says so, with a way to end it where there is one. Rejects as `work` does;
 * `cancelled` when it was ended.
 */
export async function slowly<T>(
  title: string,
  work: (signal: AbortSignal) => Promise<T>,
  { canEnd = true }: { readonly canEnd?: boolean } = {},
): Promise<T> {
  const controller = new AbortController();
  const id = crypto.randomUUID();
  const timer = setTimeout(() => {
    showToast({
      id,
      tone: 'busy',
      title,
      lifetimeMs: null,
      actions: canEnd
        ? [
            {
              label: common.cancel,
              run: () => {
                controller.abort();
              },
            },
          ]
        : [],
    });
  }, PATIENCE_MS);
  try {
    return await work(controller.signal);
  } finally {
    clearTimeout(timer);
    dismissToast(id, false);
  }
}
