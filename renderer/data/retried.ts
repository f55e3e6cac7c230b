import { reloadPage } from '../platform/host.ts';

/**
 * Loads a part of the page. What a browser could not load it never asks for again within the same page (its module map
 * remembers failures, HTML 8.1.4.2), and it gives requests up whenever an interface of the machine comes or goes, as
 * networks of containers do all day. So the page begins anew, at the same address. Rejects when that has just been
 * done: then the part is truly not there.
 */
export function retried<T>(load: () => Promise<T>, again: () => Promise<boolean> = reloadPage): () => Promise<T> {
  return async () => {
    try {
      return await load();
    } catch (error) {
      if (!(await again())) throw error;
      // The page is about to go.
      return await new Promise<never>(() => {});
    }
  };
}
