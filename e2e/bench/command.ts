import { spawn } from 'node:child_process';
import { once } from 'node:events';

export interface Command {
  readonly argv: readonly string[];
  readonly env: Readonly<NodeJS.ProcessEnv>;
}

/** Runs a command to its end. Throws with what it said when it fails; returns its standard output. */
export async function run({ argv, env }: Command, input: Buffer | null = null): Promise<string> {
  const [file = '', ...args] = argv;
  const child = spawn(file, args, { env: { PATH: process.env['PATH'], ...env }, stdio: ['pipe', 'pipe', 'pipe'] });
  const output: Buffer[] = [];
  const errors: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => errors.push(chunk));
  child.stdin.on('error', () => undefined); // A command that ends without reading; its exit code tells.
  child.stdin.end(input ?? undefined);
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`${argv.join(' ')} ended with ${String(code)}: ${Buffer.concat(errors).toString()}`);
  return Buffer.concat(output).toString();
}

/** Milliseconds a command takes from its fork to its end, with nothing read from it. */
export async function timed({ argv, env }: Command): Promise<number> {
  const [file = '', ...args] = argv;
  const begin = performance.now();
  const child = spawn(file, args, { env: { PATH: process.env['PATH'], ...env }, stdio: 'ignore' });
  const [code] = (await once(child, 'exit')) as [number | null];
  const duration = performance.now() - begin;
  if (code !== 0) throw new Error(`${argv.join(' ')} ended with ${String(code)}`);
  return duration;
}
