/** What had the keyboard last of the screen itself: dialogs, menus and news lie above it. */
let last: HTMLElement | SVGElement | null = null;

/** Remembers where on the screen the keyboard is, for as long as the page lives. */
export function startFocusMemory(): void {
  document.addEventListener('focusin', ({ target }) => {
    if (!(target instanceof HTMLElement || target instanceof SVGElement)) return;
    if (target.closest('main, nav, footer') !== null) last = target;
  });
}

/** Whether what had the keyboard is not there any more, so that nothing has it now. */
export function isFocusLost(): boolean {
  return document.activeElement === document.body && last !== null && !last.isConnected;
}

/**
 * Gives the keyboard back when a dialog closes: to where it was, or to the title of the screen when that is gone. For
 * Radix's `onCloseAutoFocus`, which knows no way back from a dialog that no button of its own has opened.
 */
export function returnFocus(event: Event): void {
  event.preventDefault();
  // One dialog led to the next: that has the keyboard now.
  if (document.querySelector('[role="dialog"], [role="alertdialog"]') !== null) return;
  const back = last?.isConnected === true ? last : document.querySelector<HTMLElement>('main h1');
  back?.focus({ preventScroll: true });
}
