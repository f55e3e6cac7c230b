import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { messageOf } from '../common/errors.ts';
import { projectRoot } from '../common/project-root.ts';
import { socketAnswers } from '../common/socket-answers.ts';
import { openApp } from './app.ts';
import { appPaths } from './app-paths.ts';
import { openAppSocket } from './open-app.ts';
import { startEngineProcess } from './engine-process.ts';
import { examineEngine } from './examine-engine.ts';
import { ENGINE_NEEDS, ensureSystemPackages } from './system-packages.ts';

const print = (line: string): void => void process.stdout.write(`${line}\n`);

const OPTIONS = {
  'data-root': { type: 'string' },
  'exec-root': { type: 'string' },
  host: { type: 'string', short: 'H' },
  port: { type: 'string' },
  web: { type: 'boolean', default: false },
} as const;

const HELP = `Usage: berth app [OPTIONS]

Open the app, starting the engine when none answers.

Options:
  -H, --host unix://PATH   Socket of the engine
      --data-root DIR      Images, containers and volumes of the engine that is started
      --exec-root DIR      Its sockets
      --port N             Port of the page on loopback (default: one that is free)
      --web                Only serve the page and print its address
`;

/** `berth app` and `npm start`: the engine in a process of its own, and the app on it. Returns the exit code. */
export async function runAppCommand(args: readonly string[], host: string | null): Promise<number> {
  if (args.includes('--help')) {
    print(HELP);
    return 0;
  }
  try {
    const { values } = parseArgs({ args: [...args], options: OPTIONS });
    return await openOnEngine({ ...values, host: values.host ?? host ?? undefined });
  } catch (error) {
    process.stderr.write(`Berth could not start: ${messageOf(error)}\n`);
    return 1;
  }
}

interface AppCommandOptions {
  readonly 'data-root'?: string | undefined;
  readonly 'exec-root'?: string | undefined;
  readonly host?: string | undefined;
  readonly port?: string | undefined;
  readonly web: boolean;
}

async function openOnEngine(options: AppCommandOptions): Promise<number> {
  ensureSystemPackages(ENGINE_NEEDS, print);
  const paths = appPaths({
    dataRoot: options['data-root'],
    execRoot: options['exec-root'],
    socket: options.host?.replace(/^unix:\/\//, ''),
  });
  const engine = (await socketAnswers(paths.socket)) ? null : await startEngineProcess(paths, print);
  try {
    print(`The engine answers on ${paths.socket}`);
    print(`  export DOCKER_HOST=unix://${paths.socket}`);
    const app = await openApp({
      root: projectRoot,
      socketPath: paths.socket,
      ...(engine === null ? {} : { controlEngine: (action) => engine.control(action) }),
      examine: (deep) => examineEngine(paths, deep),
      command: ownCommand(),
      autostart: engineCommand(options),
      cacheDirectory: join(paths.dataRoot, 'cache'),
      webOnly: options.web,
      openAppSocket: openAppSocket(paths.execRoot, paths.socket),
      ...(options.port === undefined ? {} : { port: Number(options.port) }),
      print,
    });
    await Promise.race([app.closed, interrupted()]);
    await app.close();
  } finally {
    await engine?.close();
  }
  return 0;
}

/** This command line, as a terminal of the desktop starts it; empty where its file is elsewhere. */
function ownCommand(): string[] {
  const path = fileURLToPath(new URL('./berth.mjs', import.meta.url));
  return existsSync(path) ? [process.execPath, path] : [];
}

/** What starts the same engine without the app. */
function engineCommand(options: AppCommandOptions): string[] {
  const own = ownCommand();
  if (own.length === 0) return [];
  const { host, 'data-root': dataRoot, 'exec-root': execRoot } = options;
  return [
    ...own,
    'engine',
    ...(host === undefined ? [] : ['--host', host]),
    ...(dataRoot === undefined ? [] : ['--data-root', dataRoot]),
    ...(execRoot === undefined ? [] : ['--exec-root', execRoot]),
  ];
}

function interrupted(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.once(signal, () => {
        resolve();
      });
    }
  });
}
