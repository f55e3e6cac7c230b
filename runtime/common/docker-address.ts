import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { Agent as HttpAgent, type Agent } from 'node:http';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Duplex, PassThrough } from 'node:stream';
import { finished } from 'node:stream/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { https } from './costly-modules.ts';

/** Idle connections kept for the next request. */
const MAX_IDLE = 8;

/**
 * For connections without TLS. Node works out the name of the server for every one, and its first look at whether that is
 * an IPv6 address compiles an expression for 12 ms, a tenth of what `berth ps` takes.
 */
const NO_TLS_NAME = { servername: '' };

/** A way to an engine, as the client of its API uses it. */
export interface DockerConnection {
  /** What requests name as their host; a certificate is checked against it. */
  readonly host: string;
  /** `unix:///path`, `tcp://host:port` or `ssh://[user@]host[:port]`. */
  readonly address: string;
  readonly secure: boolean;
  /** What node's `request` is told of where to go. */
  readonly target: { readonly socketPath: string } | { readonly host: string; readonly port: number };
  /** A new agent; `keepAlive` is off for connections that are taken over. */
  agent(keepAlive: boolean): Agent;
}

/** Certificates of a TLS connection, PEM. */
export interface DockerCertificates {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly skipVerify?: boolean;
}

/** The way to a unix socket. */
export function socketConnection(socketPath: string): DockerConnection {
  return {
    host: 'docker',
    address: `unix://${socketPath}`,
    secure: false,
    target: { socketPath },
    agent: (keepAlive) => new HttpAgent({ ...NO_TLS_NAME, keepAlive, maxFreeSockets: MAX_IDLE }),
  };
}

/** The way to an address of any kind. Throws for one that is none. */
export function connectionTo(address: string, certificates?: DockerCertificates): DockerConnection {
  if (address.startsWith('unix://')) return socketConnection(address.slice('unix://'.length));
  const url = new URL(address);
  if (url.hostname === '') throw new Error(`${address} names no host`);
  if (url.protocol === 'tcp:') {
    const secure = certificates !== undefined;
    const { ca, cert, key, skipVerify = false } = certificates ?? {};
    return {
      host: url.host,
      address,
      secure,
      // A URL has an IPv6 address in brackets, a connection has not.
      target: {
        host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
        port: Number(url.port === '' ? (secure ? 2376 : 2375) : url.port),
      },
      agent: (keepAlive) =>
        secure
          ? new (https().Agent)({
              keepAlive,
              maxFreeSockets: MAX_IDLE,
              rejectUnauthorized: !skipVerify,
              ...(ca === undefined ? {} : { ca }),
              ...(cert === undefined ? {} : { cert }),
              ...(key === undefined ? {} : { key }),
            })
          : new HttpAgent({ ...NO_TLS_NAME, keepAlive, maxFreeSockets: MAX_IDLE }),
    };
  }
  if (url.protocol === 'ssh:') {
    return {
      host: 'docker',
      address,
      secure: false,
      target: { host: 'docker', port: 80 },
      agent: (keepAlive) => new SshAgent(url, keepAlive),
    };
  }
  throw new Error(`${address} is no unix://, tcp:// or ssh:// address`);
}

/** Arguments of ssh for an address: the host must be known, and nothing may ask. */
export function sshArguments(url: URL): string[] {
  return [
    '-o',
    'BatchMode=yes',
    '-o',
    'ConnectTimeout=15',
    ...(url.username === '' ? [] : ['-l', decodeURIComponent(url.username)]),
    ...(url.port === '' ? [] : ['-p', url.port]),
    '--',
    url.hostname,
    REMOTE_COMMAND,
  ];
}

/** Whatever shell the person has over there; a machine with our engine may not have docker's command. */
const REMOTE_COMMAND =
  "sh -c 'command -v docker >/dev/null && exec docker system dial-stdio || exec berth system dial-stdio'";

/** ssh has ended; what it said arrives within this time (ms). */
const LAST_WORDS_MS = 500;

/** Connections through `ssh HOST docker system dial-stdio`, as docker's own command makes them. */
class SshAgent extends HttpAgent {
  readonly #url: URL;

  constructor(url: URL, keepAlive: boolean) {
    // Each is a login over there: what is idle serves the next request.
    super({ keepAlive, maxFreeSockets: MAX_IDLE });
    this.#url = url;
  }

  override createConnection(): Duplex {
    const child = spawn('ssh', sshArguments(this.#url), { stdio: ['pipe', 'pipe', 'pipe'] });
    let complaint = '';
    child.stderr.on('data', (chunk: Buffer) => {
      complaint = (complaint + chunk.toString()).slice(-1000);
    });
    // Its end waits for what ssh has to say: by itself it only means that the other side is gone.
    const readable = new PassThrough();
    child.stdout.pipe(readable, { end: false });
    // The same for what is written to an ssh that has ended: that says nothing but EPIPE.
    const writable = new PassThrough();
    child.stdin.on('error', () => undefined);
    writable.pipe(child.stdin);
    const stream = Duplex.from({ readable, writable });
    const outcome = async (): Promise<void> => {
      const ended = once(child, 'exit') as Promise<[number | null]>;
      const [[code]] = await Promise.all([ended, finished(child.stdout)]);
      if (code === 0 || code === null) {
        readable.end();
        return;
      }
      // A connection that ssh keeps for the next one holds this open, too.
      await Promise.race([finished(child.stderr), pause(LAST_WORDS_MS)]);
      throw Object.assign(new Error(`ssh: ${complaint.trim()}`), { code: 'ECONNREFUSED' });
    };
    outcome().catch((error: unknown) => stream.destroy(error instanceof Error ? error : new Error(String(error))));
    stream.once('close', () => child.kill());
    // What node's client expects of a socket and a pipe has no use for.
    return Object.assign(stream, {
      setNoDelay: () => stream,
      setKeepAlive: () => stream,
      setTimeout: () => stream,
      ref: () => stream,
      unref: () => stream,
    });
  }
}

/** An engine that a docker context names. */
export interface DockerContext {
  readonly name: string;
  readonly address: string;
  readonly certificates?: DockerCertificates;
}

/** The contexts of the docker command in its configuration directory; those that cannot be read are left out. */
export async function dockerContexts(directory: string): Promise<DockerContext[]> {
  const meta = join(directory, 'contexts/meta');
  const found: DockerContext[] = [];
  for (const id of await readdir(meta).catch(() => [])) {
    try {
      const { Name, Endpoints } = JSON.parse(await readFile(join(meta, id, 'meta.json'), 'utf8')) as {
        Name?: string;
        Endpoints?: { docker?: { Host?: string; SkipTLSVerify?: boolean } };
      };
      const address = Endpoints?.docker?.Host;
      if (Name === undefined || address === undefined || address === '') continue;
      const files = join(directory, 'contexts/tls', createHash('sha256').update(Name).digest('hex'), 'docker');
      const certificates = await readCertificates(files);
      const skipVerify = Endpoints?.docker?.SkipTLSVerify === true;
      const isSecure = certificates !== null || skipVerify;
      found.push({ name: Name, address, ...(isSecure ? { certificates: { ...certificates, skipVerify } } : {}) });
    } catch {
      // A context somebody damaged; docker's command leaves it out, too.
    }
  }
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** ca.pem, cert.pem and key.pem of a directory; null when there is none of them. */
export async function readCertificates(directory: string): Promise<DockerCertificates | null> {
  const read = (name: string) => readFile(join(directory, name), 'utf8').catch(() => undefined);
  const [ca, cert, key] = await Promise.all(['ca.pem', 'cert.pem', 'key.pem'].map(read));
  if (ca === undefined && cert === undefined && key === undefined) return null;
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  };
}
