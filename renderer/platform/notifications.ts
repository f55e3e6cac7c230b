/** Messages of the desktop, as far as the browser lets this page show any. */

/** Whether somebody is likely to look at this window. */
export function isWatched(): boolean {
  return document.visibilityState === 'visible' && document.hasFocus();
}

/** Asks for leave to show messages; only in answer to a person's action. Resolves to whether it was given. */
export async function askToNotify(): Promise<boolean> {
  if (!('Notification' in window)) return false;
  if (Notification.permission === 'default') return (await Notification.requestPermission()) === 'granted';
  return Notification.permission === 'granted';
}

/** Shows a message; a click on it brings this window to the front and runs `onClick`. Does nothing without leave. */
export function showNotification(title: string, body: string, onClick: () => void): void {
  if (!('Notification' in window) || Notification.permission !== 'granted') return;
  const shown = new Notification(title, { body, tag: title, icon: './berth.svg' });
  shown.onclick = () => {
    window.focus();
    shown.close();
    onClick();
  };
}
