import { once } from 'node:events';
import { chmodSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import type { Server } from 'node:http';
import type { ListenOptions } from 'node:net';
import { dirname } from 'node:path';
import type { TlsOptions } from 'node:tls';
import { EngineError, messageOf } from '../errors.ts';
import { assertSocketFree } from '../system/lock.ts';
import type { Host } from './hosts.ts';

/** How connections by TCP are secured. */
export interface Security {
  /** Files in PEM; null for plain TCP. */
  readonly tls: { readonly certificate: string; readonly key: string; readonly authority: string } | null;
  /** Only clients with a certificate of the authority are let in. */
  readonly verifyClients: boolean;
  /** Whether the person has said in words that others may come in unverified. */
  readonly allowUnverified: boolean;
}

export const NO_SECURITY: Security = { tls: null, verifyClients: false, allowUnverified: false };

/** An address that is answered at. */
export interface Listener {
  /** The address in words: the path of a socket, or `address:port`. */
  readonly name: string;
  close(): void;
}

/** Makes a server that answers the API: over TLS with options, else plainly. */
export type MakeServer = (tls: TlsOptions | null) => Server;

/**
 * Refuses before anything is started what would let strangers in: whoever speaks to the engine can become whoever runs
 * it. Throws `invalid`, and returns what the person should be warned of.
 */
export function checkSecurity(hosts: readonly Host[], { tls, verifyClients, allowUnverified }: Security): string[] {
  const open = hosts.filter((host) => host.kind === 'tcp' && (tls === null || !verifyClients));
  if (open.length === 0) return [];
  const names = open.map((host) => (host.kind === 'tcp' ? `tcp://${nameOf(host.address, host.port)}` : '')).join(', ');
  if (!allowUnverified) {
    throw new EngineError(
      'invalid',
      `refusing to listen on ${names} without verifying clients: whoever can connect could do everything that you can on this machine. ` +
        'Give --tlsverify with --tlscacert, --tlscert and --tlskey, or allow it with --tls=false (no TLS) or --tlsverify=false',
    );
  }
  return [`Anyone who can connect to ${names} can do everything on this machine that the engine's user can`];
}

/** Opens every host. When one fails, those before are closed again. Throws `conflict`, `invalid` or `internal`. */
export async function openListeners(hosts: readonly Host[], security: Security, make: MakeServer): Promise<Listener[]> {
  const tls = tlsOptions(hosts, security);
  const listeners: Listener[] = [];
  try {
    for (const host of hosts) listeners.push(...(await open(host, tls, make)));
    return listeners;
  } catch (error) {
    for (const listener of listeners) listener.close();
    throw error;
  }
}

function open(host: Host, tls: TlsOptions | null, make: MakeServer): Promise<Listener[]> {
  switch (host.kind) {
    case 'unix':
      return openSocket(host.path, make(null)).then((listener) => [listener]);
    case 'tcp': {
      const { address, port } = host;
      return listen(make(tls), { host: address, port }, `tcp://${nameOf(address, port)}`).then((listener) => [
        listener,
      ]);
    }
    case 'fd': {
      const descriptors = passedDescriptors(process.env, process.pid);
      const wanted = host.descriptor === null ? descriptors : descriptors.filter((fd) => fd === host.descriptor);
      if (wanted.length === 0) {
        throw new EngineError(
          'invalid',
          'no sockets were passed (LISTEN_PID, LISTEN_FDS): fd:// is for an engine that systemd starts for a .socket unit',
        );
      }
      return Promise.all(wanted.map((fd) => listen(make(null), { fd }, `fd://${fd}`)));
    }
  }
}

/** Sockets passed as in sd_listen_fds(3): numbers from 3 on, for the process that the environment names only. */
function passedDescriptors(environment: NodeJS.ProcessEnv, pid: number): number[] {
  if (environment['LISTEN_PID'] !== String(pid)) return [];
  const count = Number(environment['LISTEN_FDS'] ?? 0);
  return Number.isInteger(count) && count > 0 && count <= 1000 ? Array.from({ length: count }, (_, at) => at + 3) : [];
}

/** Listens with nobody but the owner able to connect. */
async function openSocket(path: string, server: Server): Promise<Listener> {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  await assertSocketFree(path);
  rmSync(path, { force: true });
  const before = process.umask(0o177);
  const listening = listen(server, { path }, path);
  process.umask(before);
  const listener = await listening;
  chmodSync(path, 0o600);
  return {
    name: path,
    close: () => {
      listener.close();
      rmSync(path, { force: true });
    },
  };
}

/** Connections that wait to be accepted: as many as Linux allows by default, which is what Go's servers take. */
const BACKLOG = 4096;

async function listen(
  server: Server,
  options: ListenOptions | { readonly fd: number },
  name: string,
): Promise<Listener> {
  try {
    server.listen({ ...options, backlog: BACKLOG });
    await once(server, 'listening');
  } catch (error) {
    throw new EngineError('internal', `cannot listen on ${name}: ${messageOf(error)}`, { cause: error });
  }
  const bound = server.address();
  const isPort = 'port' in options && typeof bound === 'object' && bound !== null;
  return {
    name: isPort ? nameOf(bound.address, bound.port) : name,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

function nameOf(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

function tlsOptions(hosts: readonly Host[], { tls, verifyClients }: Security): TlsOptions | null {
  if (tls === null || !hosts.some(({ kind }) => kind === 'tcp')) return null;
  return {
    cert: pem(tls.certificate),
    key: pem(tls.key),
    ...(verifyClients ? { ca: pem(tls.authority) } : {}),
    requestCert: verifyClients,
    rejectUnauthorized: verifyClients,
    // The oldest that dockerd takes too.
    minVersion: 'TLSv1.2',
  };
}

function pem(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new EngineError('invalid', `cannot read ${path}: ${messageOf(error)}`, { cause: error });
  }
}
