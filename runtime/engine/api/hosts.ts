import { EngineError } from '../errors.ts';

/** An address that the engine answers at. */
export type Host =
  | { readonly kind: 'unix'; readonly path: string }
  | { readonly kind: 'tcp'; readonly address: string; readonly port: number }
  /** Sockets that systemd has opened; `descriptor` null for all of them. */
  | { readonly kind: 'fd'; readonly descriptor: number | null };

/** Ports of Docker's API, without and with TLS (IANA: docker, docker-s). */
const PLAIN_PORT = 2375;
const TLS_PORT = 2376;

/**
 * Reads a `--host` as dockerd does: `unix://PATH`, `tcp://[ADDRESS][:PORT]` (by default this machine alone, and Docker's
 * port), `fd://` or `fd://NUMBER`. Throws `invalid`.
 */
export function parseHost(text: string, tls: boolean): Host {
  if (text.startsWith('unix://')) {
    const path = text.slice('unix://'.length);
    if (!path.startsWith('/')) throw new EngineError('invalid', `invalid host ${text}: the path must be absolute`);
    return { kind: 'unix', path };
  }
  if (text.startsWith('fd://')) return { kind: 'fd', descriptor: descriptorOf(text) };
  if (text.startsWith('tcp://')) return tcpHost(text, tls ? TLS_PORT : PLAIN_PORT);
  throw new EngineError('invalid', `invalid host ${text}: it must begin with unix://, tcp:// or fd://`);
}

function descriptorOf(text: string): number | null {
  const name = text.slice('fd://'.length);
  if (name === '' || name === '*') return null;
  // 3 is the first that is passed (sd_listen_fds(3)); 1,024 is more than anyone passes.
  const number = /^\d{1,4}$/.test(name) ? Number(name) : 0;
  if (number < 3 || number > 1024)
    throw new EngineError('invalid', `invalid host ${text}: not the number of a descriptor`);
  return number;
}

function tcpHost(text: string, defaultPort: number): Host {
  const found = /^tcp:\/\/(\[[0-9a-fA-F:.%\w]+\]|[^:/[\]]*)(?::(\d{1,5}))?\/?$/.exec(text);
  const port = Number(found?.[2] ?? defaultPort);
  if (found === null || port > 65_535) throw new EngineError('invalid', `invalid host ${text}`);
  const address = (found[1] ?? '').replaceAll(/[[\]]/g, '');
  return { kind: 'tcp', address: address === '' ? '127.0.0.1' : address, port };
}
