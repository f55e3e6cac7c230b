import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { smallImage } from './images.ts';

/** Name of the image with busybox and the bench's own program for what happens inside. */
export const GUEST_IMAGE = 'bench/guest';
/** ms of reading from a published port. */
const READ = 2000;

/** Compiles the bench's own program to a file: static, for it runs where nothing else is. */
export function makeGuest(file: string): void {
  execFileSync('cc', ['-O2', '-static', '-o', file, fileURLToPath(new URL('./guest.c', import.meta.url))]);
}

/** The image as an archive for `import`. */
export async function guestImage(): Promise<Buffer> {
  const directory = mkdtempSync('/tmp/berth-guest-');
  try {
    const binary = join(directory, 'guest');
    makeGuest(binary);
    return await smallImage([['bin/guest', readFileSync(binary)]]);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** MB/s that a port of 127.0.0.1 gives to one client. Throws when nothing comes. */
export function readFrom(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    let bytes = 0;
    const start = performance.now();
    socket.on('data', (chunk: Buffer) => (bytes += chunk.length));
    socket.on('error', reject);
    setTimeout(() => {
      const seconds = (performance.now() - start) / 1000;
      socket.removeAllListeners('error').on('error', () => undefined);
      socket.destroy();
      if (bytes === 0) reject(new Error('nothing came through the published port'));
      else resolve(bytes / 1e6 / seconds);
    }, READ);
  });
}
