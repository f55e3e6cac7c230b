#!/usr/bin/env node
/**
 * Builds the launcher: `node build-launcher.mjs [--sanitize | --crash-points | --analyze]`; `--crash-points` makes a build that tests can kill
 * at every step, `--analyze` only runs gcc's static analyser. Plain JavaScript without dependencies, so that it runs
 * on the Node of the host during installation. Does nothing when the binary is newer than every source.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const sources = join(root, 'runtime/launcher');
const sanitize = process.argv.includes('--sanitize');
const crashPoints = process.argv.includes('--crash-points');
const variant = sanitize ? '-sanitized' : crashPoints ? '-crash-points' : '';
const binary = join(root, 'build/launcher', `berth-launcher${variant}`);

const common = ['-std=gnu17', '-D_GNU_SOURCE=', '-g1', '-Wall', '-Wextra', '-Werror', '-fno-common'];
const hardened = {
  compile: ['-O2', '-D_FORTIFY_SOURCE=2', '-fstack-protector-strong', '-fstack-clash-protection', '-fPIE'],
  link: ['-static-pie', '-Wl,-z,relro,-z,now,-z,noexecstack', '-s'],
};
// The sanitizers' run-time cannot be linked fully static.
const checked = {
  compile: ['-O1', '-fsanitize=address,undefined', '-fno-sanitize-recover=all', '-fno-omit-frame-pointer'],
  link: [],
};

function modified(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

const compiler = process.env['CC'] ?? 'cc';

/** Runs the compiler in a directory. Resolves to whether it did what it should; rejects when there is none. */
async function compile(directory, args) {
  const child = spawn(compiler, args, { cwd: directory, stdio: ['ignore', 'inherit', 'inherit'] });
  const [status] = await once(child, 'close');
  return status === 0;
}

async function build() {
  const files = readdirSync(sources).filter((name) => /\.[ch]$/.test(name));
  const inputs = [fileURLToPath(import.meta.url), ...files.map((name) => join(sources, name))];
  if (modified(binary) > Math.max(...inputs.map(modified))) return 0;
  const partial = `${binary}.${process.pid}`;
  const objects = `${partial}.objects`;
  mkdirSync(objects, { recursive: true });
  const units = files.filter((name) => name.endsWith('.c'));
  const flags = sanitize ? checked : hardened;
  const all = [...common, ...flags.compile, ...(crashPoints ? ['-DBERTH_CRASH_POINTS=1'] : [])];
  // As many compilers as there are processors, each with its share: one begins with the next unit when it has made one.
  const count = Math.min(availableParallelism(), units.length);
  const shares = Array.from({ length: count }, (_, share) => units.filter((_unit, index) => index % count === share));
  try {
    const made = await Promise.all(
      shares.map((share) => compile(objects, [...all, '-c', ...share.map((name) => join(sources, name))])),
    );
    const isMade =
      made.every(Boolean) &&
      (await compile(objects, [...all, ...flags.link, '-o', partial, ...units.map((name) => name.replace(/c$/, 'o'))]));
    if (!isMade) {
      console.error('berth: the launcher could not be built; see the messages above');
      return 1;
    }
    renameSync(partial, binary);
    return 0;
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
    console.error(
      `berth: no C compiler (${compiler}) was found; install gcc or clang (Debian: apt install gcc libc6-dev)`,
    );
    return 1;
  } finally {
    rmSync(objects, { recursive: true, force: true });
  }
}

/** gcc's static analyser over every unit; any finding is an error (-Werror). */
function analyze() {
  const units = readdirSync(sources).filter((name) => name.endsWith('.c'));
  const failed = units.filter((name) => {
    const args = [...common, '-O2', '-fanalyzer', '-c', '-o', '/dev/null', join(sources, name)];
    return spawnSync('gcc', args, { stdio: ['ignore', 'inherit', 'inherit'] }).status !== 0;
  });
  return failed.length === 0 ? 0 : 1;
}

process.exitCode = process.argv.includes('--analyze') ? analyze() : await build();
