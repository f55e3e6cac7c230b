import { execFile, spawn } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { BridgeOptions } from '../bridge/bridge.ts';
import { browserArguments, chooseLaunchTarget, isExecutable, type LaunchTarget } from '../web/launch-target.ts';
import { ensurePage } from '../web/page-build.ts';
import { startWebServer, type WebServer } from '../web/server.ts';
import { answerOthers, askOpenApp } from './open-app.ts';

export interface AppOptions extends BridgeOptions {
  /** Root of the repository or the installation: the directory with `package.json`. */
  readonly root: string;
  /** Where the app window keeps its profile. */
  readonly cacheDirectory: string;
  /** Only serve the page and print its address, whatever else is possible. */
  readonly webOnly?: boolean;
  readonly port?: number;
  /** Where an app that is open on the same engine tells its address: this one then only shows that. */
  readonly openAppSocket: string;
  /** Called with each line a person should read. */
  readonly print: (line: string) => void;
}

export interface OpenedApp {
  readonly target: LaunchTarget['kind'];
  /** Resolves when the window was closed; never for a bare address. */
  readonly closed: Promise<void>;
  close(): Promise<void>;
}

/** Shows the app on an engine that is already running. Rejects when the page cannot be built or served. */
export async function openApp(options: AppOptions): Promise<OpenedApp> {
  const { root, print } = options;
  const user = process.getuid?.();
  const pageRoot = await ensurePage(root);
  const target: LaunchTarget =
    options.webOnly === true ? { kind: 'address' } : await chooseLaunchTarget({ root, env: process.env, isExecutable });
  if (target.kind === 'electron') return await openElectron(target.program, options);

  const known = options.port === undefined ? await askOpenApp(options.openAppSocket) : null;
  const server = known === null ? await startServer({ ...options, pageRoot }) : null;
  const close = async () => server?.close();
  const url = server?.openUrl() ?? known ?? '';
  if (target.kind === 'address') {
    print(`Berth is ${server === null ? 'open already' : 'ready'}. Open this address (it signs one browser in, once):`);
    print(`  ${url}`);
    return { target: 'address', closed: server === null ? Promise.resolve() : new Promise(() => {}), close };
  }
  const profile = join(options.cacheDirectory, 'app-window');
  await mkdir(profile, { recursive: true, mode: 0o700 });
  const args = browserArguments(server?.openUrl(user) ?? url, profile, user === 0);
  const child = spawn(target.program, args, { stdio: 'ignore' });
  print(`Berth opened a window of ${target.program}.`);
  if (server !== null) print(`To use another browser, open ${server.openUrl()}`);
  const closed = new Promise<void>((resolve) => {
    child.once('exit', () => {
      resolve();
    });
    child.once('error', (error) => {
      // The server goes on: the address printed above still works.
      print(`The window could not be opened: ${error.message}`);
    });
  });
  return {
    target: 'browser',
    closed,
    close: async () => {
      child.kill();
      await close();
    },
  };
}

/** Serves the page, and tells those that are started later. */
async function startServer(options: AppOptions & { readonly pageRoot: string }): Promise<WebServer> {
  const server = await startWebServer(options);
  // Who asks is this user, and may put it into a command line.
  const stop = await answerOthers(options.openAppSocket, () => server.openUrl(process.getuid?.()));
  return {
    ...server,
    close: async () => {
      stop();
      await server.close();
    },
  };
}

/** Bundles the desktop shell; in a process of its own, because the bundler is not needed for anything else. */
async function bundleShell(root: string): Promise<void> {
  await promisify(execFile)(process.execPath, [join(root, 'electron/packaging/bundle.ts')], { cwd: root });
}

async function openElectron(program: string, options: AppOptions): Promise<OpenedApp> {
  await bundleShell(options.root);
  const isRoot = process.getuid?.() === 0;
  const child = spawn(program, [...(isRoot ? ['--no-sandbox'] : []), join(options.root, 'dist/electron/main.mjs')], {
    stdio: 'inherit',
    env: { ...process.env, BERTH_ENGINE_SOCKET: options.socketPath },
  });
  const closed = new Promise<void>((resolve, reject) => {
    child.once('exit', () => {
      resolve();
    });
    child.once('error', reject);
  });
  options.print('Berth opened its window.');
  return {
    target: 'electron',
    closed,
    close: async () => {
      child.kill();
      await closed;
    },
  };
}
