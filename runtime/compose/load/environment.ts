import { readFile } from 'node:fs/promises';
import { ComposeError } from '../errors.ts';
import { DotenvError, parseDotenv } from './dotenv.ts';
import type { Variables } from './interpolate.ts';

/** Reads an environment file; null when there is none and `required` is false. Throws ComposeError. */
export async function readEnvironmentFile(
  path: string,
  outer: Variables,
  required: boolean,
): Promise<Map<string, string> | null> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' && !required) return null;
    if (code === 'ENOENT') throw new ComposeError(`env file ${path} not found`);
    throw new ComposeError(
      `cannot read the env file ${path}: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
  try {
    return parseDotenv(text, outer);
  } catch (error) {
    if (!(error instanceof DotenvError)) throw error;
    const excerpt = text.split(/\r?\n/)[error.line - 1] ?? '';
    throw new ComposeError(error.message, { file: path, line: error.line, column: 1, excerpt });
  }
}
