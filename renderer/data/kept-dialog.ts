import { reloadPage } from '../platform/host.ts';
import { openDialog, useDialog, type DialogRequest } from './dialogs.ts';
import { retried } from './retried.ts';

/** Lives as long as the tab does. */
const KEY = 'berth.dialog';

/** Loads a dialog's part of the page. Where the page has to begin anew for it, the dialog opens there. */
export function dialogPart<T>(load: () => Promise<T>): () => Promise<T> {
  return retried(load, () => {
    const { current } = useDialog.getState();
    // A file that was chosen cannot be kept.
    if (current !== null && current.kind !== 'volume-restore') sessionStorage.setItem(KEY, JSON.stringify(current));
    return reloadPage();
  });
}

/** Opens the dialog that the page before this one was asked for. */
export function reopenDialog(): void {
  const kept = sessionStorage.getItem(KEY);
  if (kept === null) return;
  sessionStorage.removeItem(KEY);
  openDialog(JSON.parse(kept) as DialogRequest);
}
