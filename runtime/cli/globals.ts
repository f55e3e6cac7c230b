import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  connectionTo,
  dockerContexts,
  socketConnection,
  type DockerCertificates,
  type DockerConnection,
} from '../common/docker-address.ts';
import { dockerConfigDirectory } from '../common/docker-config.ts';
import { messageOf } from '../common/errors.ts';
import { assertOwnDirectory } from '../common/own-directory.ts';
import { CliError } from './cli-error.ts';
import { parseFlags, type FlagSpecs, type FlagValues } from './flags/flags.ts';

/** Flags before a command: docker's. */
export const GLOBAL_FLAGS = {
  config: { kind: 'string', help: "Directory of docker's client configuration" },
  context: { kind: 'string', short: 'c', help: "Name of docker's context whose engine is meant" },
  debug: { kind: 'boolean', short: 'D', help: 'Taken for compatibility' },
  help: { kind: 'boolean', short: 'h', help: 'Print what there is' },
  host: { kind: 'list', short: 'H', help: 'The engine: unix://PATH, tcp://HOST:PORT or ssh://[USER@]HOST' },
  'log-level': { kind: 'string', short: 'l', help: 'Taken for compatibility' },
  tls: { kind: 'boolean', help: 'Speak TLS; implied by --tlsverify' },
  tlscacert: { kind: 'string', help: "Trust only this authority's certificates" },
  tlscert: { kind: 'string', help: 'The certificate of this client' },
  tlskey: { kind: 'string', help: 'Its key' },
  tlsverify: { kind: 'boolean', help: 'Speak TLS, and verify the engine' },
  version: { kind: 'boolean', short: 'v', help: 'Print the version' },
} as const satisfies FlagSpecs;

export type GlobalFlags = FlagValues<typeof GLOBAL_FLAGS>;

/** What stands before the command, and the command's words. */
export interface GlobalWords {
  readonly flags: GlobalFlags;
  readonly words: readonly string[];
  /** As it would be had the flags been given there: what the command starts is to mean the same engine. */
  readonly environment: NodeJS.ProcessEnv;
}

/**
 * Splits `[FLAGS] COMMAND ...`; `--help` and `--version` become the words that mean the same. Throws FlagError, and
 * CliError for more than one engine.
 */
export function parseGlobals(given: readonly string[], environment: NodeJS.ProcessEnv): GlobalWords {
  const { flags, args } = parseFlags(GLOBAL_FLAGS, given, true);
  const words = flags.help ? ['--help', ...args] : flags.version ? ['--version'] : args;
  const { config = '', context = '', host: hosts } = flags;
  const [host = ''] = hosts;
  if (hosts.length > 1) throw new CliError('Please specify only one -H');
  if (host !== '' && context !== '')
    throw new CliError('conflicting options: either specify --host or --context, not both');
  return {
    flags,
    words,
    environment: {
      ...environment,
      // What was said here counts alone.
      ...(host === '' && context === '' ? {} : { BERTH_HOST: undefined, DOCKER_HOST: undefined }),
      ...(host === '' ? {} : { DOCKER_HOST: host }),
      ...(context === '' ? {} : { DOCKER_CONTEXT: context }),
      ...(config === '' ? {} : { DOCKER_CONFIG: config }),
    },
  };
}

/**
 * The way to the engine that is meant: that of `BERTH_HOST`, `DOCKER_HOST` or `DOCKER_CONTEXT`. Without any it is this
 * user's own, and not the context that docker was told to use: `berth` means Berth. Throws CliError.
 */
export async function engineAddress({ flags, environment }: GlobalWords, ownSocket: string): Promise<DockerConnection> {
  const host = environment['BERTH_HOST'] || environment['DOCKER_HOST'] || '';
  if (host !== '') return addressed(host, await certificates(flags, environment));
  return ofContext(environment['DOCKER_CONTEXT'] || 'default', environment, ownSocket);
}

function addressed(host: string, tls: DockerCertificates | undefined): DockerConnection {
  try {
    return connectionTo(host, tls);
  } catch {
    throw new CliError(`unable to parse docker host \`${host}\`: it is no unix://, tcp:// or ssh:// address`);
  }
}

function ownEngine(socket: string): DockerConnection {
  try {
    assertOwnDirectory(dirname(socket));
  } catch (error) {
    throw new CliError(messageOf(error));
  }
  return socketConnection(socket);
}

async function ofContext(name: string, environment: NodeJS.ProcessEnv, ownSocket: string): Promise<DockerConnection> {
  if (name === 'default') return ownEngine(ownSocket);
  const found = (await dockerContexts(dockerConfigDirectory(environment))).find((one) => one.name === name);
  if (found === undefined)
    throw new CliError(`unable to resolve docker endpoint: context "${name}": context not found`);
  return connectionTo(found.address, found.certificates);
}

/** docker's rules: files of the configuration directory (or `DOCKER_CERT_PATH`) unless named; those need not be there. */
async function certificates(
  flags: GlobalFlags,
  environment: NodeJS.ProcessEnv,
): Promise<DockerCertificates | undefined> {
  const verify = flags.tlsverify || (environment['DOCKER_TLS_VERIFY'] ?? '') !== '';
  if (!verify && !flags.tls) return undefined;
  const directory = environment['DOCKER_CERT_PATH'] || dockerConfigDirectory(environment);
  const read = async (given: string | undefined, name: string): Promise<string | undefined> => {
    try {
      return await readFile(given ?? join(directory, name), 'utf8');
    } catch (error) {
      if (given === undefined) return undefined;
      throw new CliError(`could not read ${given}: ${error instanceof Error ? error.message : String(error)}`);
    }
  };
  const [ca, cert, key] = await Promise.all([
    read(flags.tlscacert, 'ca.pem'),
    read(flags.tlscert, 'cert.pem'),
    read(flags.tlskey, 'key.pem'),
  ]);
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    skipVerify: !verify,
  };
}
