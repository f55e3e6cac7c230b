import { createHash } from 'node:crypto';
import type { Server } from 'node:net';

/** Below the ports that Linux gives to whoever asks for any (`ip_local_port_range`, from 32768), so that it is mostly free. */
const FIRST = 21_000;
const COUNT = 10_000;

/**
 * The port of the page for an engine's socket, the same at every start: a browser keeps what a person chose by the
 * page's origin, which the port is a part of.
 */
export function usualPort(socketPath: string, uid: number): number {
  const hash = createHash('sha256')
    .update(`${String(uid)}\0${socketPath}`)
    .digest();
  return FIRST + (hash.readUInt32BE(0) % COUNT);
}

/** Listens on a port of a loopback address, or on any that is free where that cannot be had. Rejects with Node's error. */
export async function listenNear(server: Server, address: string, port: number): Promise<void> {
  // Whatever keeps it from that port, any other does as well.
  await listen(server, address, port).catch(() => listen(server, address, 0));
}

/** Rejects with Node's error when the port is taken. */
export async function listen(server: Server, address: string, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, address, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
