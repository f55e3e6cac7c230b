/** The desktop window. Reads as a script: before ready, ready, window, quit. No business logic lives here. */
import { app, Menu, nativeImage, protocol, session, shell, Tray } from 'electron';
import { join } from 'node:path';
import { StaticFiles } from '../../runtime/common/static-files.ts';
import { BridgeHost } from './bridge-host.ts';
import { answerPage, PAGE_SCHEME } from './page-protocol.ts';
import { restrictPermissions } from './permissions.ts';
import { Lifecycle } from './phases.ts';
import { openWindow } from './windows.ts';

/** The bundles lie side by side in `dist/electron`, the page in `dist/renderer`. */
const here = import.meta.dirname;
/** How long quitting waits for the bridge, in milliseconds. */
const QUIT_TIMEOUT_MS = 5000;

const lifecycle = new Lifecycle();
let tray: Tray | null = null;
let window: Electron.BrowserWindow | null = null;

async function showWindow(): Promise<void> {
  if (window === null) {
    window = await openWindow(join(here, 'preload.cjs'));
    window.once('closed', () => {
      window = null;
    });
    lifecycle.enter('window-open');
  }
  if (window.isMinimized()) window.restore();
  window.show();
  window.focus();
}

function makeTray(): void {
  const icon = nativeImage.createFromPath(join(here, '../renderer/tray.png'));
  if (icon.isEmpty()) return;
  tray = new Tray(icon);
  tray.setToolTip('Berth');
  tray.setContextMenu(
    Menu.buildFromTemplate([
      { label: 'Open Berth', click: () => void showWindow() },
      { type: 'separator' },
      {
        label: 'Quit',
        click: () => {
          app.quit();
        },
      },
    ]),
  );
  tray.on('click', () => void showWindow());
}

async function start(): Promise<void> {
  await app.whenReady();
  lifecycle.enter('ready');
  const files = await StaticFiles.load(join(here, '../renderer'));
  protocol.handle(PAGE_SCHEME, (request) => answerPage(files, request.method, request.url));
  restrictPermissions(session.defaultSession);
  if (app.isPackaged) Menu.setApplicationMenu(null);
  const bridge = new BridgeHost(
    join(here, 'bridge.mjs'),
    // Values must be strings, or the process does not start.
    Object.fromEntries(
      Object.entries(process.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
    ),
    (url) => shell.openExternal(url),
  );
  bridge.listen();
  bridge.start();
  lifecycle.joinQuit(() => bridge.stop());
  makeTray();
  await showWindow();
}

app.enableSandbox();
protocol.registerSchemesAsPrivileged([
  { scheme: PAGE_SCHEME, privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true } },
]);
if (app.requestSingleInstanceLock()) {
  app.on('second-instance', () => void showWindow());
  app.on('activate', () => void showWindow());
  app.on('window-all-closed', () => {
    // With a tray the app stays; without one nothing would be left to bring the window back.
    if (tray === null) app.quit();
  });
  app.on('will-quit', (event) => {
    if (lifecycle.phase === 'quitting') return;
    event.preventDefault();
    void lifecycle.quit(QUIT_TIMEOUT_MS).then(() => {
      app.exit(0);
    });
  });
  start().catch((error: unknown) => {
    process.stderr.write(`Berth could not start: ${String(error)}\n`);
    app.exit(1);
  });
} else {
  app.quit();
}
