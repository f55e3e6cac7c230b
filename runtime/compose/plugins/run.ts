import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { messageOf } from '../../common/errors.ts';
import { ComposeError } from '../errors.ts';

/** A program that is asked for something. */
export interface PluginCall {
  readonly path: string;
  readonly args: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
  readonly directory: string;
  readonly signal: AbortSignal;
  /** Told of each line that it prints. What it throws ends the program. */
  readonly onLine: (line: string) => void;
}

/** Bytes of what a program says of its failure that are shown. */
const SAID_MAX = 4096;

/** Runs a program to its end. Throws ComposeError with what it said when it fails. */
export async function runPlugin({ path, args, environment, directory, signal, onLine }: PluginCall): Promise<void> {
  const child = spawn(path, [...args], {
    cwd: directory,
    env: environment,
    signal,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>;
  ended.catch(() => undefined);
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = `${said}${text}`.slice(-SAID_MAX);
  });
  try {
    for await (const line of createInterface({ input: child.stdout })) onLine(line);
    const [code, killedBy] = await ended;
    if (code === 0) return;
    throw new ComposeError(
      said.trim() === '' ? `${path} ended with ${killedBy ?? `exit code ${String(code)}`}` : said.trim(),
    );
  } catch (error) {
    child.kill();
    if (error instanceof ComposeError) throw error;
    throw new ComposeError(`${path} cannot be run: ${messageOf(error)}`);
  }
}
