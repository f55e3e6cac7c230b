import type { BrowserWindowConstructorOptions } from 'electron';

/** The one origin the window ever shows. */
export const PAGE_ORIGIN = 'app://-';

/** Options of the app's window. Everything a page could use against the machine is off. */
export function windowOptions(preload: string, background: string): BrowserWindowConstructorOptions {
  return {
    width: 1280,
    height: 820,
    minWidth: 760,
    minHeight: 480,
    show: false,
    title: 'Berth',
    backgroundColor: background,
    webPreferences: {
      preload,
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      allowRunningInsecureContent: false,
      webviewTag: false,
      spellcheck: false,
      navigateOnDragDrop: false,
    },
  };
}
