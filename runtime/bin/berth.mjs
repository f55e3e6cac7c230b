#!/usr/bin/env -S node --
// Plain JavaScript that any Node can read: it makes sure that the rest runs on Node 24, which strips types and has
// SQLite. A Node 24 comes with the project as the package `node`. It also keeps stripped and compiled code from one
// run to the next, which more than halves the time of a start. The two dashes above keep Node from taking our
// `--env-file` for its own.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import module from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const REQUIRED_MAJOR = 24;
const self = fileURLToPath(import.meta.url);
/** The sources, or the bundle that a package has instead. */
const main = ['./berth.ts', './main.mjs'].map((name) => new URL(name, import.meta.url)).find((url) => existsSync(url));
const words = process.argv.slice(2);

/**
 * A directory that is ours alone, or null: code that is run from it must not come from anybody else, so it is never
 * one in /tmp.
 */
function compileCache() {
  try {
    const directory = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'berth', 'compiled');
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    return directory;
  } catch {
    return null; // No home, or none that can be written: everything works, only slower.
  }
}

/** `engine` is the first word, but for `-H HOST` or `--host HOST`. */
function isEngine() {
  const separate = words[0] === '-H' || words[0] === '--host';
  const inline = /^(-H|--host)=/.test(words[0] ?? '');
  return words[separate ? 2 : inline ? 1 : 0] === 'engine';
}

/** Whether whoever started this process has given it an engine's settings already. */
function isTuned() {
  return process.env['MALLOC_TRIM_THRESHOLD_'] !== undefined && process.execArgv.includes('--max-semi-space-size=4');
}

if (Number(process.versions.node.split('.')[0]) < REQUIRED_MAJOR) {
  const node = fileURLToPath(new URL('../../node_modules/node/bin/node', import.meta.url));
  const child = spawn(node, ['--', self, ...words], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => {
    console.error(`berth needs Node ${REQUIRED_MAJOR} or newer (${error.message}); run npm ci, which brings one`);
    process.exit(1);
  });
  child.on('exit', (code, signal) => process.exit(code ?? (signal === null ? 1 : 128)));
} else if (isEngine() && !isTuned() && process.env.LISTEN_FDS === undefined) {
  // The same process goes on with the settings of `runtime/common/engine-tuning.ts`, which tells why.
  const environment = {
    UV_THREADPOOL_SIZE: '16',
    ...process.env,
    MALLOC_MMAP_THRESHOLD_: '524288',
    MALLOC_TRIM_THRESHOLD_: '2097152',
  };
  const cache = compileCache();
  if (cache !== null) environment.NODE_COMPILE_CACHE = cache;
  const flags = [...process.execArgv, '--max-semi-space-size=4', '--disable-warning=ExperimentalWarning'];
  process.execve(process.execPath, [process.execPath, ...flags, fileURLToPath(main), ...words], environment);
} else {
  // An engine that systemd passes sockets to comes here too: Node would close them before the other program began. The
  // allocator stays as it is then; the threads are made when the first is needed, which is later.
  if (isEngine()) process.env['UV_THREADPOOL_SIZE'] ??= '16';
  const cache = compileCache();
  if (cache !== null) module.enableCompileCache(cache);
  await import(main.href);
}
