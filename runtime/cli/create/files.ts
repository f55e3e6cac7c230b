import { readFileSync } from 'node:fs';
import { messageOf } from '../../common/errors.ts';
import { UsageError } from '../flags/flags.ts';

/** `--env-file` and `--env` in their order; a name alone takes this environment's value. Throws UsageError. */
export function environmentOf(
  files: readonly string[],
  entries: readonly string[],
  environment: NodeJS.ProcessEnv,
): string[] {
  return [...files.flatMap((path) => pairLines(path, 'environment: variable')), ...entries]
    .map((entry) => withValue(entry, environment))
    .filter((entry) => entry !== null);
}

/** The entries of files of `NAME=VALUE` lines, with `#` comments. Throws UsageError. */
export function labelLines(files: readonly string[]): string[] {
  return files.flatMap((path) => pairLines(path, 'label: label'));
}

/** `NAME` alone takes the value from this environment, or is left out when it has none. */
function withValue(entry: string, environment: NodeJS.ProcessEnv): string | null {
  if (entry.startsWith('=') || entry === '') throw new UsageError(`invalid environment variable: ${entry}`);
  if (entry.includes('=')) return entry;
  const value = environment[entry];
  return value === undefined ? null : `${entry}=${value}`;
}

function pairLines(path: string, what: string): string[] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new UsageError(messageOf(error));
  }
  const lines = text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .map((line) => line.replace(/\r$/, '').trimStart())
    .filter((line) => line !== '' && !line.startsWith('#'));
  for (const line of lines) {
    const [name = ''] = line.split('=', 1);
    if (name === '') throw new UsageError(`no variable name on line '${line}'`);
    if (/\s/.test(name)) throw new UsageError(`poorly formatted ${what} '${name}' contains whitespaces`);
  }
  return lines;
}

/** `seccomp=FILE` carries the file's content to the engine. */
export function securityOption(option: string): string {
  const [, key, value = ''] = /^(seccomp)[=:](.*)$/.exec(option) ?? [];
  if (key === undefined || ['unconfined', 'builtin'].includes(value)) return option;
  try {
    return `seccomp=${JSON.stringify(JSON.parse(readFileSync(value, 'utf8')))}`;
  } catch (error) {
    throw new UsageError(`opening seccomp profile (${value}) failed: ${messageOf(error)}`);
  }
}
