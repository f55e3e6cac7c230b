import { BrowserWindow, nativeTheme, shell, type WebContents } from 'electron';
import { openableUrl } from './external.ts';
import { windowOptions } from './window-options.ts';

/** Ids of the web contents that are windows of ours. */
export const windowIds = new Set<number>();

function harden(contents: WebContents): void {
  const stay = (event: Electron.Event) => {
    event.preventDefault();
  };
  contents.on('will-navigate', stay);
  contents.on('will-redirect', stay);
  contents.on('will-frame-navigate', stay);
  contents.on('will-attach-webview', stay);
  contents.setWindowOpenHandler(({ url }) => {
    const openable = openableUrl(url);
    if (openable !== null) void shell.openExternal(openable);
    return { action: 'deny' };
  });
}

/** Opens the app's window on an address of the page. The only place that makes one. */
export async function openWindow(preload: string, address: string): Promise<BrowserWindow> {
  // The page's own background in either theme, so that nothing flashes before it has painted.
  const window = new BrowserWindow(windowOptions(preload, nativeTheme.shouldUseDarkColors ? '#0d1417' : '#fbfcfd'));
  // Its keys work all the same, and Alt does not bring it back.
  window.setMenuBarVisibility(false);
  const { id } = window.webContents;
  windowIds.add(id);
  window.once('closed', () => windowIds.delete(id));
  window.once('ready-to-show', () => {
    window.show();
  });
  harden(window.webContents);
  await window.loadURL(address);
  return window;
}
