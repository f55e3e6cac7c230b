import type { ForkOptions } from 'electron';
import { join } from 'node:path';
import { ENGINE_NODE_FLAGS, engineEnvironment } from '../../runtime/common/engine-tuning.ts';

/**
 * Where the bundles of engine and doctor are. They lie outside of the archive, with the launcher, because a program
 * inside of one cannot be executed. `shell` is the directory of the shell's own bundles.
 */
export function runtimeBundle(shell: string, name: string): string {
  return join(shell.replace(/\bapp\.asar(?=[/\\])/, 'app.asar.unpacked'), '../runtime', name);
}

/** How the engine's process is made. */
export function engineOptions(environment: Readonly<Record<string, string>>): ForkOptions {
  return {
    serviceName: 'Berth engine',
    stdio: 'inherit',
    execArgv: [...ENGINE_NODE_FLAGS],
    env: engineEnvironment(environment),
  };
}
