import { useEffect } from 'react';
import { useLatest } from '../../ui/use-latest.ts';

interface TerminalKeys {
  /** Opens one more; null where none can be opened. */
  readonly onNew: (() => void) | null;
  /** Goes to the next one, or the one before. */
  readonly onGo: (by: 1 | -1) => void;
}

/**
 * Ctrl+Shift+` opens one more terminal beside the one of Ctrl+`, Ctrl+Shift and an arrow lead from one to the next: with
 * Ctrl and Shift together a key is the app's, also in a terminal.
 */
export function useTerminalKeys(keys: TerminalKeys): void {
  const latest = useLatest(keys);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (!event.ctrlKey || !event.shiftKey || event.altKey || event.metaKey) return;
      if (document.querySelector('[role="dialog"], [role="alertdialog"]') !== null) return;
      // By its place on the keyboard: what it writes with Shift depends on the layout.
      if (event.code === 'Backquote') latest.current.onNew?.();
      else if (event.code === 'ArrowRight') latest.current.onGo(1);
      else if (event.code === 'ArrowLeft') latest.current.onGo(-1);
      else return;
      event.preventDefault();
    };
    window.addEventListener('keydown', onKey);
    return () => {
      window.removeEventListener('keydown', onKey);
    };
  }, [latest]);
}
