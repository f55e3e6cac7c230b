import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { ENGINE_NODE_FLAGS, engineEnvironment } from '../common/engine-tuning.ts';
import { EngineSupervisor, type RunningEngine } from '../common/engine-supervisor.ts';

/** Where an engine keeps its things and listens. */
interface Places {
  readonly dataRoot: string;
  readonly execRoot: string;
  readonly socket: string;
}

/** Starts an engine as a child process and keeps it running. Rejects when it ends before it listens. */
export async function startEngineProcess(places: Places, print: (line: string) => void): Promise<EngineSupervisor> {
  const supervisor = new EngineSupervisor(() => spawnEngine(places), print);
  await supervisor.control('start');
  return supervisor;
}

/** Spawns the engine and waits for the line with which it says that it listens. */
function spawnEngine(places: Places): Promise<RunningEngine> {
  const command = fileURLToPath(new URL('./berth.mjs', import.meta.url));
  const child = spawn(
    process.execPath,
    [
      ...ENGINE_NODE_FLAGS,
      command,
      'engine',
      '--data-root',
      places.dataRoot,
      '--exec-root',
      places.execRoot,
      '--host',
      `unix://${places.socket}`,
    ],
    // A process group of its own: Ctrl+C in the terminal reaches this process alone, which then ends both in order.
    { stdio: ['ignore', 'pipe', 'inherit'], detached: true, env: engineEnvironment(process.env) },
  );
  return new Promise((resolve, reject) => {
    const ended = endOf(child);
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (!line.startsWith('API listen on')) return;
      resolve({
        ended,
        stop: async () => {
          child.kill('SIGTERM');
          await ended;
        },
      });
    });
    void ended.then((reason) => {
      reject(new Error(`the engine ended with ${reason}`));
    });
    child.once('error', reject);
  });
}

function endOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => {
      resolve(signal ?? `code ${String(code)}`);
    });
  });
}
