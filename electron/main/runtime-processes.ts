import type { ForkOptions } from 'electron';
import { join } from 'node:path';

/**
 * Where the bundles of engine and doctor are. They lie outside of the archive, with the launcher, because a program
 * inside of one cannot be executed. `shell` is the directory of the shell's own bundles.
 */
export function runtimeBundle(shell: string, name: string): string {
  return join(shell.replace(/\bapp\.asar(?=[/\\])/, 'app.asar.unpacked'), '../runtime', name);
}

/** How the engine's process is made: with an allocator that gives memory back and threads enough, as in runtime/bin/berth.mjs. */
export function engineOptions(environment: Readonly<Record<string, string>>): ForkOptions {
  return {
    serviceName: 'Berth engine',
    stdio: 'inherit',
    execArgv: ['--max-semi-space-size=4', '--disable-warning=ExperimentalWarning'],
    env: {
      UV_THREADPOOL_SIZE: '16',
      ...environment,
      MALLOC_MMAP_THRESHOLD_: '524288',
      MALLOC_TRIM_THRESHOLD_: '2097152',
    },
  };
}
