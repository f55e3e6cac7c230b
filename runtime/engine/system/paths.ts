import { homedir } from 'node:os';
import { join } from 'node:path';
import { EngineError } from '../errors.ts';

/** Where one engine keeps its things. The data root survives a reboot, the exec root need not. */
export interface EnginePaths {
  readonly dataRoot: string;
  readonly execRoot: string;
  /** `unix://` path of the API socket. */
  readonly socket: string;
}

/** Data root of root's own engine; what it makes on the host has the short names. */
export const SYSTEM_DATA_ROOT = '/var/lib/berth';

/** sun_path holds 108 bytes with its NUL; the longest name below an exec root is `/m/<32 hex>.sock`. */
const MAXIMUM_EXEC_ROOT_BYTES = 107 - '/m/.sock'.length - 32;

/**
 * Paths of the engine of `uid`, by the XDG base directory specification for an ordinary user and by the filesystem
 * hierarchy for root. Throws `invalid` when a socket path would be too long for the kernel.
 */
export function enginePaths(
  uid: number,
  environment: NodeJS.ProcessEnv,
  chosen: { dataRoot?: string | undefined; execRoot?: string | undefined; socket?: string | undefined } = {},
): EnginePaths {
  const execRoot = chosen.execRoot ?? defaultExecRoot(uid, environment);
  if (Buffer.byteLength(execRoot) > MAXIMUM_EXEC_ROOT_BYTES) {
    throw new EngineError(
      'invalid',
      `the exec root ${execRoot} is too long for unix sockets: at most ${MAXIMUM_EXEC_ROOT_BYTES} bytes`,
    );
  }
  return {
    dataRoot: chosen.dataRoot ?? defaultDataRoot(uid, environment),
    execRoot,
    socket: chosen.socket ?? join(execRoot, 'berth.sock'),
  };
}

function defaultDataRoot(uid: number, environment: NodeJS.ProcessEnv): string {
  if (uid === 0) return SYSTEM_DATA_ROOT;
  return join(environment['XDG_DATA_HOME'] ?? join(environment['HOME'] ?? homedir(), '.local', 'share'), 'berth');
}

function defaultExecRoot(uid: number, environment: NodeJS.ProcessEnv): string {
  if (uid === 0) return '/run/berth';
  const runtime = environment['XDG_RUNTIME_DIR'];
  // Without a login session there is no runtime directory; /tmp with the uid is where other tools go then.
  return runtime === undefined || runtime === '' ? `/tmp/berth-${uid}` : join(runtime, 'berth');
}

/** Path at which the monitor of a container or exec listens: half of the id is unique enough and keeps it short. */
export function monitorSocketPath(execRoot: string, id: string): string {
  return join(execRoot, 'm', `${id.slice(0, 32)}.sock`);
}
