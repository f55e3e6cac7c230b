import { execFile, spawn } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { promisify } from 'node:util';
import type { Launcher } from '../launcher/interface.ts';
import { LaunchError, type AppliedLayer } from '../launcher/types.ts';
import {
  answer,
  encodeApplyLayer,
  failureKinds,
  FrameReader,
  FrameSplitter,
  FrameWriter,
  type Frame,
} from '../launcher/wire.ts';

const run = promisify(execFile);
const SOURCES = ['tar.c', 'tar_metadata.c', 'tar_remove.c', 'tar_reader.c', 'test/tar_apply.c'];
let built: Promise<string> | null = null;

/** Builds the stand-alone front of the launcher's tar code, once for all runs with the same sources; its path. */
export function buildTarApply(): Promise<string> {
  built ??= (async () => {
    const directory = new URL('../../launcher/', import.meta.url).pathname;
    const hash = createHash('sha256');
    for (const name of [...SOURCES, 'tar.h', 'tar_parts.h', 'tar_reader.h', 'error.h'])
      hash.update(await readFile(join(directory, name)));
    const cache = new URL('../../../.cache/tests/', import.meta.url).pathname;
    const output = join(cache, `tar-apply-${hash.digest('hex').slice(0, 16)}`);
    if (existsSync(output)) return output;
    await mkdir(cache, { recursive: true });
    const draft = `${output}.${process.pid}`;
    const flags = ['-std=gnu17', '-O2', '-Wall', '-Wextra', '-Werror', '-static'];
    await run('cc', [...flags, ...SOURCES.map((name) => join(directory, name)), '-o', draft]);
    await rename(draft, output);
    return output;
  })();
  return built;
}

/** What a test wants to be answered instead of what came of a layer. */
export type Meddle = (applied: AppliedLayer) => AppliedLayer | LaunchError | 'dies';

/** The launcher's layer calls without a resident launcher: each runs the same C code in a process of its own. */
export async function directLauncher(
  options: readonly string[] = [],
  meddle: Meddle = (applied) => applied,
): Promise<Pick<Launcher, 'layerSink' | 'removeTree' | 'makeDirectory'>> {
  const program = await buildTarApply();
  // Of the abstract namespace (unix(7)): no file is left.
  const socketPath = `\0berth-test-${randomUUID()}`;
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    void serve(socket, program, options, meddle);
  });
  server.listen(socketPath).unref();
  return {
    layerSink: (destination, parents) =>
      Promise.resolve({ socketPath, request: encodeApplyLayer(destination, parents) }),
    removeTree: (path) => rm(path, { recursive: true, force: true }),
    makeDirectory: async (path, mode) => {
      await mkdir(path, { mode });
    },
  };
}

/** One connection: greets, reads the request, and gives what follows to the program. */
async function serve(socket: Socket, program: string, options: readonly string[], meddle: Meddle): Promise<void> {
  socket.on('error', () => undefined); // The other side may be killed.
  const splitter = new FrameSplitter();
  let frame: Frame | null = null;
  for (let greeted = false; frame === null;) {
    await once(socket, 'readable');
    for (let chunk = socket.read() as Buffer | null; chunk !== null; chunk = socket.read() as Buffer | null)
      splitter.push(chunk);
    if (!greeted && splitter.next() !== null) {
      greeted = true;
      socket.write(new FrameWriter(answer.hello).u16(0).u32(process.pid).finish());
    }
    if (greeted) frame = splitter.next();
    if (socket.readableEnded) return;
  }
  const reader = new FrameReader(frame.payload);
  const destination = reader.string();
  const parents = reader.list(() => reader.string());
  const rest = splitter.rest();
  if (rest.length > 0) socket.unshift(rest);
  const outcome = await apply(program, [...options, destination, ...parents], socket).then(meddle, (error: unknown) =>
    error instanceof LaunchError ? error : new LaunchError('internal', String(error), 0),
  );
  if (outcome === 'dies') {
    socket.destroy();
    return;
  }
  socket.end(outcome instanceof LaunchError ? refusal(outcome) : layer(outcome));
  socket.resume();
}

function refusal(error: LaunchError): Buffer {
  const kind = failureKinds.indexOf(error.kind);
  return new FrameWriter(answer.error).u8(kind).u32(error.errno).string(error.message).finish();
}

function layer(applied: AppliedLayer): Buffer {
  const writer = new FrameWriter(answer.layer).u64(BigInt(applied.size)).u64(BigInt(applied.entries));
  return writer.strings(applied.warnings).finish();
}

function apply(program: string, args: readonly string[], tar: Readable): Promise<AppliedLayer> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    let output = '';
    let errors = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
    child.stdin.on('error', () => undefined); // It refused before it had read all.
    tar.pipe(child.stdin);
    child.on('error', reject);
    child.on('close', (code) => {
      tar.unpipe();
      if (code !== 0) {
        reject(new LaunchError('internal', errors.trim() || `tar_apply ended with ${code}`, 0));
        return;
      }
      const [counts = '', ...warnings] = output.trim().split('\n');
      const [size = 0, entries = 0] = counts.split(' ').map(Number);
      resolve({ size, entries, warnings });
    });
  });
}
