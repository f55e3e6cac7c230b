import { parseArgs } from 'node:util';
import { createLogger, isLogLevel } from '../common/logger.ts';
import { startEngine } from '../engine/engine.ts';
import { EngineError, messageOf } from '../engine/errors.ts';
import { enginePaths } from '../engine/system/paths.ts';

const HELP = `Usage: berth engine [OPTIONS]

Run the container engine in the foreground.

Options:
  -H, --host unix://PATH    Socket to listen on
      --data-root DIR       Images, containers and volumes
      --exec-root DIR       Sockets and other state of running containers
  -l, --log-level LEVEL     debug, info, warn, error, fatal (default "info")
  -h, --help                Print this help
`;

/** `berth engine`: runs the engine until SIGTERM or SIGINT. Containers go on when it ends. Returns the exit code. */
export async function runEngineCommand(args: readonly string[]): Promise<number> {
  let options;
  try {
    options = parseArgs({
      args: [...args],
      options: {
        host: { type: 'string', short: 'H' },
        'data-root': { type: 'string' },
        'exec-root': { type: 'string' },
        'log-level': { type: 'string', short: 'l', default: 'info' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }).values;
  } catch (error) {
    process.stderr.write(`${messageOf(error)}\nSee 'berth engine --help'.\n`);
    return 125;
  }
  if (options.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const level = options['log-level'];
  if (!isLogLevel(level)) {
    process.stderr.write(`unable to parse logging level: ${level}\n`);
    return 125;
  }
  try {
    const paths = enginePaths(process.getuid?.() ?? 0, process.env, {
      dataRoot: options['data-root'],
      execRoot: options['exec-root'],
      socket: options.host === undefined ? undefined : socketOf(options.host),
    });
    const engine = await startEngine(paths, createLogger(level));
    process.stdout.write(`API listen on ${paths.socket}\n`);
    await new Promise<void>((resolve) => {
      for (const signal of ['SIGINT', 'SIGTERM'] as const)
        process.once(signal, () => {
          resolve();
        });
    });
    await engine.close();
    return 0;
  } catch (error) {
    process.stderr.write(`failed to start the engine: ${messageOf(error)}\n`);
    return 1;
  }
}

function socketOf(host: string): string {
  if (host.startsWith('unix://')) return host.slice('unix://'.length);
  throw new EngineError('invalid', `invalid host ${host}: this engine listens on unix:// sockets`);
}
