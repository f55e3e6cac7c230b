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

/** What lies above a screen and is still to be answered: what is closing gives the keyboard back anyway. */
const OPEN_LAYER = ':is([role="dialog"], [role="alertdialog"], [role="menu"])[data-state="open"]';
/** Where somebody is writing. */
const WRITTEN_IN = 'input, textarea, select, [contenteditable="true"]';

/**
 * Gives the keyboard to the title of a screen that has appeared or become another, unless it is needed where it is: a
 * screen may come a moment late, and somebody has opened a menu or begun to type. It waits at the title then for what
 * lies above to close.
 */
export function focusTitle(title: HTMLElement): void {
  const { activeElement } = document;
  if (activeElement !== null && activeElement.closest(OPEN_LAYER) !== null) last = title;
  else if (activeElement?.closest('main')?.contains(title) !== true || !activeElement.matches(WRITTEN_IN))
    title.focus({ preventScroll: true });
}

/**
 * Gives the keyboard back when a dialog closes: to where it was, or to the title of the screen when that is gone. For
 * Radix's `onCloseAutoFocus`, which knows no way back from a dialog that no button of its own has opened.
 */
export function returnFocus(event: Event): void {
  event.preventDefault();
  // One dialog led to the next: that has the keyboard now.
  if (document.querySelector('[role="dialog"], [role="alertdialog"]') !== null) return;
  focusScreen();
}

/** Gives the keyboard back to the screen from what is about to go: to where it was, or to the title. */
export function focusScreen(): void {
  const back = last?.isConnected === true ? last : document.querySelector<HTMLElement>('main h1');
  back?.focus({ preventScroll: true });
}
