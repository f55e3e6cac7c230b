import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const SHIM = new URL('./parent-port.mjs', import.meta.url).href;

/** What tests use of a utility process; the hosts of engine, doctor and bridge take it for one. */
export interface StandIn<Said, Heard> {
  postMessage(message: Said): void;
  on(event: 'message', listener: (message: Heard) => void): unknown;
  once(event: 'exit', listener: (code: number) => void): unknown;
  kill(signal?: NodeJS.Signals): boolean;
  readonly gone: Promise<unknown>;
}

/** Runs one of the app's processes by Node, as Electron would run it. `entry` is relative to `electron`. */
export function forkStandIn<Said extends object, Heard>(
  entry: string,
  words: readonly string[],
  environment: NodeJS.ProcessEnv = {},
): StandIn<Said, Heard> {
  const child = fork(fileURLToPath(new URL(`../${entry}`, import.meta.url)), words, {
    execArgv: ['--import', SHIM, '--disable-warning=ExperimentalWarning'],
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  return {
    postMessage: (message) => void child.send(message),
    on: (event, listener) =>
      child.on(event, (message) => {
        listener(message as Heard);
      }),
    once: (event, listener) =>
      child.once(event, (code) => {
        listener(code ?? 1);
      }),
    kill: (signal) => child.kill(signal),
    gone: once(child, 'exit'),
  };
}
