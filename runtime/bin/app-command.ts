import { connect } from 'node:net';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { messageOf } from '../common/errors.ts';
import { projectRoot } from '../common/project-root.ts';
import { enginePaths } from '../engine/system/paths.ts';
import { openApp } from './app.ts';
import { examine } from '../engine/doctor/doctor.ts';
import { EngineProcess } from './engine-process.ts';
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
  const dataRoot = options['data-root'];
  const paths = enginePaths(process.getuid?.() ?? 0, process.env, {
    dataRoot,
    // A private data root gets sockets of its own beside it, so that two engines never meet.
    execRoot: options['exec-root'] ?? (dataRoot === undefined ? undefined : join(dataRoot, 'run')),
    socket: options.host?.replace(/^unix:\/\//, ''),
  });
  const engine = (await answers(paths.socket)) ? null : await EngineProcess.start(paths, print);
  try {
    print(`The engine answers on ${paths.socket}`);
    print(`  export DOCKER_HOST=unix://${paths.socket}`);
    const app = await openApp({
      root: projectRoot,
      socketPath: paths.socket,
      ...(engine === null ? {} : { controlEngine: (action) => engine.control(action) }),
      examine: async (deep) =>
        (await examine(paths, { deep, repair: false })).map(({ id, status, text, advice, repaired }) => ({
          id,
          status,
          text,
          advice,
          repaired,
        })),
      cacheDirectory: join(paths.dataRoot, 'cache'),
      webOnly: options.web,
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

function answers(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(socketPath);
    probe.once('connect', () => {
      probe.destroy();
      resolve(true);
    });
    probe.once('error', () => {
      resolve(false);
    });
  });
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
