import { homedir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createLogger, isLogLevel } from '../common/logger.ts';
import { parseHost, type Host } from '../engine/api/hosts.ts';
import type { Security } from '../engine/api/listeners.ts';
import { startEngine } from '../engine/engine.ts';
import { EngineError, messageOf } from '../engine/errors.ts';
import { enginePaths } from '../engine/system/paths.ts';
import { parseRuntimes } from '../engine/system/runtimes.ts';

const HELP = `Usage: berth engine [OPTIONS]

Run the container engine in the foreground.

Options:
  -H, --host HOST           Where to listen: unix://PATH, tcp://ADDRESS:PORT or fd:// (sockets from systemd); repeatable
      --data-root DIR       Images, containers and volumes
      --exec-root DIR       Sockets and other state of running containers
      --config-file FILE    The configuration, with dockerd's names and JSON (default "engine.json" in the data root);
                            read again at SIGHUP
      --managed-file FILE   What the administrator has set and nobody else changes (default "/etc/berth/managed.json");
                            another one for root's engine alone
      --add-runtime NAME=PATH
                            One more OCI runtime, for --runtime NAME; repeatable
      --default-runtime NAME
                            The OCI runtime of containers that ask for none (default "berth")
      --tls                 Use TLS on tcp:// hosts; implied by --tlsverify
      --tlsverify           Use TLS and let in only clients with a certificate of the authority
      --tlscacert FILE      Certificate of that authority (default "~/.docker/ca.pem")
      --tlscert FILE        The engine's certificate (default "~/.docker/cert.pem")
      --tlskey FILE         The engine's key (default "~/.docker/key.pem")
                            Without --tlsverify, tcp:// is refused unless --tls=false or --tlsverify=false allows it
  -l, --log-level LEVEL     debug, info, warn, error, fatal (default "info")
  -h, --help                Print this help
`;

/** `berth engine`: runs the engine until SIGTERM or SIGINT. Containers go on when it ends. Returns the exit code. */
export async function runEngineCommand(args: readonly string[]): Promise<number> {
  let options;
  try {
    options = parseArgs({
      args: args.map(valueWord),
      options: {
        host: { type: 'string', short: 'H', multiple: true },
        'add-runtime': { type: 'string', multiple: true, default: [] },
        'config-file': { type: 'string' },
        'managed-file': { type: 'string' },
        'default-runtime': { type: 'string' },
        tls: { type: 'string' },
        tlsverify: { type: 'string' },
        tlscacert: { type: 'string', default: dockerFile('ca.pem') },
        tlscert: { type: 'string', default: dockerFile('cert.pem') },
        tlskey: { type: 'string', default: dockerFile('key.pem') },
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
    const { hosts, security } = reachOf(options);
    const socket = hosts?.find((host) => host.kind === 'unix')?.path;
    const paths = enginePaths(process.getuid?.() ?? 0, process.env, {
      dataRoot: options['data-root'],
      execRoot: options['exec-root'],
      socket,
    });
    const engine = await startEngine(paths, createLogger(level), {
      security,
      runtimes: parseRuntimes(options['add-runtime']),
      // Empty means none was given, as to dockerd.
      ...((options['default-runtime'] ?? '') === '' ? {} : { defaultRuntime: options['default-runtime'] }),
      ...(options['config-file'] === undefined ? {} : { configurationFile: options['config-file'] }),
      ...(options['managed-file'] === undefined ? {} : { managedFile: options['managed-file'] }),
      ...(hosts === null ? {} : { hosts }),
    });
    // They were for this process alone (sd_listen_fds(3)).
    for (const name of ['LISTEN_PID', 'LISTEN_FDS', 'LISTEN_FDNAMES']) Reflect.deleteProperty(process.env, name);
    process.on('SIGHUP', () => {
      engine.reload();
    });
    for (const { name } of engine.listeners) process.stdout.write(`API listen on ${name}\n`);
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

function dockerFile(name: string): string {
  return join(process.env['DOCKER_CERT_PATH'] ?? join(homedir(), '.docker'), name);
}

/** Docker's switches can stand alone or say `=false`; the parser of Node knows only one of both. */
function valueWord(word: string): string {
  return word === '--tls' || word === '--tlsverify' ? `${word}=true` : word;
}

function switchOf(name: string, text: string | undefined): boolean | null {
  if (text === undefined) return null;
  if (['true', '1', 't'].includes(text.toLowerCase())) return true;
  if (['false', '0', 'f'].includes(text.toLowerCase())) return false;
  throw new EngineError('invalid', `invalid argument ${JSON.stringify(text)} for "--${name}": it is true or false`);
}

interface ReachOptions {
  readonly host?: string[] | undefined;
  readonly tls?: string | undefined;
  readonly tlsverify?: string | undefined;
  readonly tlscacert: string;
  readonly tlscert: string;
  readonly tlskey: string;
}

function reachOf(options: ReachOptions): { hosts: Host[] | null; security: Security } {
  const verify = switchOf('tlsverify', options.tlsverify);
  const tls = switchOf('tls', options.tls);
  const isSecured = tls === true || verify === true;
  const { tlscert: certificate, tlskey: key, tlscacert: authority } = options;
  return {
    hosts: options.host?.map((text) => parseHost(text, isSecured)) ?? null,
    security: {
      tls: isSecured ? { certificate, key, authority } : null,
      verifyClients: verify === true,
      allowUnverified: verify === false || (tls === false && verify === null),
    },
  };
}
