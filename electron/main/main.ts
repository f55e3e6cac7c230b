/** The desktop window. Reads as a script: before ready, ready, window, quit. No business logic lives here. */
import { app, dialog, Menu, nativeImage, Notification, protocol, session, shell, Tray, utilityProcess } from 'electron';
import { join } from 'node:path';
import { messageOf } from '../../runtime/common/errors.ts';
import { StaticFiles } from '../../runtime/common/static-files.ts';
import type { FromBridge } from '../messages/bridge.ts';
import { autostartCommand, startsInBackground } from './autostart.ts';
import { BridgeHost } from './bridge-host.ts';
import { appMenu } from './app-menu.ts';
import { examination } from './doctor-host.ts';
import { LINK_SCHEME, linkedPage, linkIn } from './deep-link.ts';
import { EngineHost } from './engine-host.ts';
import { engineOptions, runtimeBundle } from './runtime-processes.ts';
import { answerPage, PAGE_SCHEME } from './page-protocol.ts';
import { restrictPermissions } from './permissions.ts';
import { Lifecycle } from './phases.ts';
import { trayStrings } from './strings.ts';
import { trayMenu, type TrayState } from './tray-menu.ts';
import { PAGE_ORIGIN } from './window-options.ts';
import { openWindow } from './windows.ts';

/** The bundles lie side by side in `dist/electron`, the page in `dist/renderer`. */
const here = import.meta.dirname;
/** How long quitting waits for bridge and engine, in milliseconds. */
const QUIT_TIMEOUT_MS = 5000;

const lifecycle = new Lifecycle();
let tray: Tray | null = null;
let window: Electron.BrowserWindow | null = null;
let trayState: TrayState = { containers: [], engineRuns: null };

const report = (line: string): void => void process.stderr.write(`${line}\n`);
/** Environments of processes hold strings only, or they do not start. */
const environment = Object.fromEntries(
  Object.entries(process.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
);
/** `--data-root=DIR` is for the engine's processes. */
const dataRoot = process.argv.filter((word) => word.startsWith('--data-root='));
const autostart = autostartCommand(process.argv, environment, app.isPackaged);
const engine = new EngineHost(
  () => utilityProcess.fork(runtimeBundle(here, 'engine-process.mjs'), dataRoot, engineOptions(environment)),
  report,
);
const bridge = new BridgeHost({
  entry: join(here, 'bridge.mjs'),
  openExternal: (url) => shell.openExternal(url),
  heard,
});

/** Shows the window, on the screen that a link names. */
async function showWindow(link: string | null = null): Promise<void> {
  const page = linkedPage(link);
  if (window === null) {
    window = await openWindow(join(here, 'preload.cjs'), page ?? `${PAGE_ORIGIN}/`);
    window.once('closed', () => {
      window = null;
    });
    lifecycle.enter('window-open');
  } else if (page !== null) {
    // Another fragment of the same document: the page stays and changes its screen.
    await window.loadURL(page);
  }
  if (window.isMinimized()) window.restore();
  window.show();
  window.focus();
}

const show = (link: string | null = null): void => {
  showWindow(link).catch((error: unknown) => {
    report(`the window could not be shown: ${messageOf(error)}`);
  });
};

function heard(message: FromBridge): void {
  switch (message.kind) {
    case 'running':
      updateTray({ ...trayState, containers: message.containers });
      break;
    case 'control':
      answerBridge(
        message.id,
        control(message.action).then(() => []),
      );
      break;
    case 'examine':
      answerBridge(message.id, examine(message.deep));
      break;
    case 'alert':
      notify(message);
  }
}

/** Tells the desktop of an alert while no window is there to do so. A click shows the container. */
function notify({ title, body, container }: Extract<FromBridge, { kind: 'alert' }>): void {
  if (!Notification.isSupported()) return;
  const shown = new Notification({ title, body });
  shown.on('click', () => {
    show(`${LINK_SCHEME}://containers/${container}`);
  });
  shown.show();
}

function examine(deep: boolean): ReturnType<typeof examination> {
  const words = [...dataRoot, ...(deep ? ['--deep'] : [])];
  const options = { serviceName: 'Berth doctor', env: environment };
  return examination(utilityProcess.fork(runtimeBundle(here, 'doctor-process.mjs'), words, options));
}

function answerBridge(id: number, work: ReturnType<typeof examination>): void {
  work.then(
    (findings) => {
      bridge.say({ kind: 'done', id, findings });
    },
    (error: unknown) => {
      bridge.say({ kind: 'not-done', id, text: messageOf(error) });
    },
  );
}

async function control(action: Parameters<EngineHost['control']>[0]): Promise<void> {
  await engine.control(action);
  updateTray({ ...trayState, engineRuns: action !== 'stop' });
}

function makeTray(): void {
  const icon = nativeImage.createFromPath(join(here, '../renderer/tray.png'));
  if (icon.isEmpty()) return;
  tray = new Tray(icon);
  tray.setToolTip('Berth');
  tray.on('click', () => {
    show();
  });
  updateTray(trayState);
}

function updateTray(state: TrayState): void {
  trayState = state;
  const template = trayMenu(state, trayStrings(app.getLocale()), {
    open: (link) => {
      show(link);
    },
    act: (action, container) => {
      bridge.say({ kind: 'act', action, container: container.id });
    },
    control: (action) => {
      control(action).catch((error: unknown) => {
        dialog.showErrorBox(trayStrings(app.getLocale()).engineFailed, messageOf(error));
      });
    },
    quit: () => {
      app.quit();
    },
  });
  tray?.setContextMenu(Menu.buildFromTemplate(template));
}

/** The engine that was named, or the app's own; the bridge is started as soon as it is known where that listens. */
async function startEngine(): Promise<void> {
  const named = environment['BERTH_ENGINE_SOCKET'];
  if (named !== undefined) {
    bridge.start({ ...environment, BERTH_AUTOSTART: JSON.stringify(autostart) });
    return;
  }
  const started = engine.start();
  const { socketPath, isOwn } = await engine.place;
  bridge.start({
    ...environment,
    BERTH_AUTOSTART: JSON.stringify(autostart),
    BERTH_ENGINE_SOCKET: socketPath,
    BERTH_ENGINE_OWN: isOwn ? '1' : '',
  });
  await started;
  if (isOwn) updateTray({ ...trayState, engineRuns: true });
}

async function start(): Promise<void> {
  await app.whenReady();
  lifecycle.enter('ready');
  const files = await StaticFiles.load(join(here, '../renderer'));
  protocol.handle(PAGE_SCHEME, (request) => answerPage(files, request.method, request.url));
  restrictPermissions(session.defaultSession);
  if (app.isPackaged) {
    Menu.setApplicationMenu(Menu.buildFromTemplate(appMenu()));
    app.setAsDefaultProtocolClient(LINK_SCHEME);
  }
  bridge.listen();
  lifecycle.joinQuit(async () => {
    await bridge.stop();
    await engine.close();
  });
  makeTray();
  startEngine().catch((error: unknown) => {
    dialog.showErrorBox(trayStrings(app.getLocale()).engineFailed, messageOf(error));
  });
  if (!startsInBackground(process.argv) || tray === null) await showWindow(linkIn(process.argv));
}

app.enableSandbox();
protocol.registerSchemesAsPrivileged([
  { scheme: PAGE_SCHEME, privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true } },
]);
if (app.requestSingleInstanceLock()) {
  app.on('second-instance', (_, words) => {
    show(linkIn(words));
  });
  // Desktops that hand links over by an event (macOS).
  app.on('open-url', (event, link) => {
    event.preventDefault();
    show(link);
  });
  app.on('activate', () => {
    show();
  });
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
    report(`Berth could not start: ${messageOf(error)}`);
    app.exit(1);
  });
} else {
  app.quit();
}
