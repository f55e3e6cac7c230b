#!/usr/bin/env node
/**
 * Builds the launcher: `node build-launcher.mjs [--sanitize | --crash-points | --analyze]`; `--crash-points` makes a build that tests can kill
 * at every step, `--analyze` only runs gcc's static analyser. Plain JavaScript without dependencies, so that it runs
 * on the Node of the host during installation. Does nothing when the binary is newer than every source.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, renameSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const sources = join(root, 'runtime/launcher');
const sanitize = process.argv.includes('--sanitize');
const crashPoints = process.argv.includes('--crash-points');
const variant = sanitize ? '-sanitized' : crashPoints ? '-crash-points' : '';
const binary = join(root, 'build/launcher', `berth-launcher${variant}`);

const common = ['-std=gnu17', '-D_GNU_SOURCE=', '-g1', '-Wall', '-Wextra', '-Werror', '-fno-common'];
const hardened = [
  ...['-O2', '-D_FORTIFY_SOURCE=2', '-fstack-protector-strong', '-fstack-clash-protection', '-fPIE', '-static-pie'],
  ...['-Wl,-z,relro,-z,now,-z,noexecstack', '-s'],
];
// The sanitizers' run-time cannot be linked fully static.
const checked = ['-O1', '-fsanitize=address,undefined', '-fno-sanitize-recover=all', '-fno-omit-frame-pointer'];

function modified(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

function build() {
  const files = readdirSync(sources).filter((name) => /\.[ch]$/.test(name));
  const inputs = [fileURLToPath(import.meta.url), ...files.map((name) => join(sources, name))];
  if (modified(binary) > Math.max(...inputs.map(modified))) return 0;
  mkdirSync(dirname(binary), { recursive: true });
  const compiler = process.env['CC'] ?? 'cc';
  const partial = `${binary}.${process.pid}`;
  const units = files.filter((name) => name.endsWith('.c')).map((name) => join(sources, name));
  const flags = [...common, ...(sanitize ? checked : hardened), ...(crashPoints ? ['-DBERTH_CRASH_POINTS=1'] : [])];
  const result = spawnSync(compiler, [...flags, '-o', partial, ...units], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (result.error?.code === 'ENOENT') {
    console.error(
      `berth: no C compiler (${compiler}) was found; install gcc or clang (Debian: apt install gcc libc6-dev)`,
    );
    return 1;
  }
  if (result.status !== 0) {
    console.error('berth: the launcher could not be built; see the messages above');
    return 1;
  }
  renameSync(partial, binary);
  return 0;
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

process.exitCode = process.argv.includes('--analyze') ? analyze() : build();
