import type { Duplex } from 'node:stream';
import { messageOf } from '../common/errors.ts';
import type { CliContext } from './command.ts';

/** How the person's terminal is joined to a process. */
export interface Attachment {
  readonly stdin: boolean;
  readonly tty: boolean;
  /** Sends a new size to the engine. */
  readonly resize: (rows: number, columns: number) => Promise<void>;
}

/** Joins this process's streams with a hijacked connection until that ends. */
export async function attachTerminal(context: CliContext, stream: Duplex, attachment: Attachment): Promise<void> {
  const { stdin, stdout, stderr } = context;
  const raw = attachment.tty && attachment.stdin && stdin.isTTY;
  const resize = (): void => {
    // A size that cannot be set (the process ended meanwhile) leaves a wrong wrap at worst.
    attachment.resize(stdout.rows, stdout.columns).catch(() => undefined);
  };
  if (raw) stdin.setRawMode(true);
  if (attachment.tty && stdout.isTTY) stdout.on('resize', resize);
  if (attachment.stdin) {
    stdin.on('error', () => stream.end());
    stdin.pipe(stream);
  } else {
    stream.end();
  }
  try {
    // What the answer calls the stream says nothing before API 1.42.
    if (attachment.tty) await copy(stream, stdout);
    else await demultiplex(stream, stdout, stderr);
  } finally {
    stdout.off('resize', resize);
    stdin.unpipe(stream);
    if (raw) stdin.setRawMode(false);
    // An open stdin would keep this process from ending.
    stdin.pause();
    if (!stdin.isTTY) stdin.destroy();
  }
}

/** Sends the size once the process is there; the first tries may come too early. */
export async function sendFirstSize(
  context: CliContext,
  resize: (rows: number, columns: number) => Promise<void>,
): Promise<void> {
  const { stdout } = context;
  if (!stdout.isTTY) return;
  for (let attempt = 0; attempt < 10; attempt += 1) {
    try {
      await resize(stdout.rows, stdout.columns);
      return;
    } catch {
      // 10 ms: the exec or container is being started by the request that went out just before.
      await new Promise((wake) => setTimeout(wake, 10 * (attempt + 1)));
    }
  }
  context.stderr.write('failed to resize tty, using default size\n');
}

async function copy(stream: Duplex, sink: NodeJS.WritableStream): Promise<void> {
  for await (const chunk of stream as AsyncIterable<Buffer>) await write(sink, chunk);
}

/** Docker's frames: stream type, three zero bytes, big-endian length. */
async function demultiplex(
  stream: Duplex,
  stdout: NodeJS.WritableStream,
  stderr: NodeJS.WritableStream,
): Promise<void> {
  let pending = Buffer.alloc(0);
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    pending = Buffer.concat([pending, chunk]);
    let at = 0;
    while (pending.length - at >= 8) {
      const length = pending.readUInt32BE(at + 4);
      if (pending.length - at - 8 < length) break;
      await write(pending.readUInt8(at) === 2 ? stderr : stdout, pending.subarray(at + 8, at + 8 + length));
      at += 8 + length;
    }
    pending = pending.subarray(at);
  }
}

function write(sink: NodeJS.WritableStream, bytes: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    sink.write(bytes, (error) => {
      if (error === undefined || error === null) resolve();
      else reject(new Error(messageOf(error)));
    });
  });
}

/** Copies a log or attach answer that is not hijacked. */
export async function printStream(
  context: CliContext,
  stream: NodeJS.ReadableStream,
  multiplexed: boolean,
): Promise<void> {
  const duplex = stream as Duplex;
  if (multiplexed) await demultiplex(duplex, context.stdout, context.stderr);
  else await copy(duplex, context.stdout);
}
