import type { Duplex } from 'node:stream';
import { DetachFilter } from './detach-keys.ts';

/** How a client's connection is joined to a process's stream. */
export interface PumpOptions {
  readonly stdin: boolean;
  /** Detach sequence, or null when the client may not detach (no terminal, or no stdin). */
  readonly detachKeys: Uint8Array | null;
}

/**
 * Joins a hijacked client connection and a process's stream until either ends. Resolves true when the client detached
 * by keys. End of the client's input is end of file for the process; a lost client leaves the process alone.
 */
export function pump(client: Duplex, process: Duplex, options: PumpOptions): Promise<boolean> {
  return new Promise((resolve) => {
    let detached = false;
    const finish = (): void => {
      process.destroy();
      client.end();
      resolve(detached);
    };
    // Errors of either side end the pair: a reset client is a client that went away.
    client.on('error', finish);
    process.on('error', finish);
    process.on('close', finish);
    client.on('close', finish);
    process.on('end', finish);
    // Who left while the process's stream was made is never heard of again.
    if (client.destroyed || process.destroyed) {
      finish();
      return;
    }
    process.pipe(client, { end: false });
    if (!options.stdin) {
      process.end();
      client.resume();
      return;
    }
    if (options.detachKeys === null) {
      client.pipe(process);
      return;
    }
    const filter = new DetachFilter(options.detachKeys, () => {
      detached = true;
      setImmediate(finish);
    });
    client.pipe(filter).pipe(process);
  });
}
