import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { finished, type Readable } from 'node:stream';
import { promisify } from 'node:util';
import type { Launcher } from '../launcher/interface.ts';
import { LaunchError, type AppliedLayer } from '../launcher/types.ts';

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

/** The launcher's layer calls without a resident launcher: each runs the same C code in a process of its own. */
export async function directLauncher(
  options: readonly string[] = [],
): Promise<Pick<Launcher, 'applyLayer' | 'removeTree' | 'makeDirectory'>> {
  const program = await buildTarApply();
  return {
    applyLayer: (tar, destination, parents) => apply(program, [...options, destination, ...parents], tar),
    removeTree: (path) => rm(path, { recursive: true, force: true }),
    makeDirectory: async (path, mode) => {
      await mkdir(path, { mode });
    },
  };
}

function apply(program: string, args: readonly string[], tar: Readable): Promise<AppliedLayer> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    let output = '';
    let errors = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
    child.stdin.on('error', () => undefined);
    finished(tar, { writable: false }, (error) => {
      if (error) child.kill('SIGKILL');
    });
    tar.pipe(child.stdin);
    child.on('error', reject);
    child.on('close', (code) => {
      if (code !== 0) {
        tar.destroy();
        reject(new LaunchError('internal', errors.trim() || `tar_apply ended with ${code}`, 0));
        return;
      }
      const [counts = '', ...warnings] = output.trim().split('\n');
      const [size = 0, entries = 0] = counts.split(' ').map(Number);
      resolve({ size, entries, warnings });
    });
  });
}
