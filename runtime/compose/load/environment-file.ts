import { readFileSync } from 'node:fs';
import { ComposeError } from '../errors.ts';
import { DotenvError, parseDotenv } from './dotenv.ts';
import type { Variables } from './interpolate.ts';

/** A file that is not there. */
export class MissingFileError extends ComposeError {}

/** The variables that the text of an environment file sets. Throws ComposeError with the line. */
export function variablesIn(path: string, text: string, outer: Variables): Map<string, string> {
  try {
    return parseDotenv(text, outer);
  } catch (error) {
    if (!(error instanceof DotenvError)) throw error;
    const excerpt = text.split(/\r?\n/)[error.line - 1] ?? '';
    throw new ComposeError(error.message, { file: path, line: error.line, column: 1, excerpt });
  }
}

/** A file's text; null for one that is not there and need not be. Throws ComposeError. */
export function readText(path: string, required: boolean, what: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    if (isMissing && !required) return null;
    if (isMissing) throw new MissingFileError(`${what} ${path} not found`);
    throw new ComposeError(`cannot read the ${what} ${path}: ${String(error)}`);
  }
}

/** Reads an environment file; null when there is none and `required` is false. Throws ComposeError. */
export function readEnvironmentFile(path: string, outer: Variables, required: boolean): Map<string, string> | null {
  const text = readText(path, required, 'env file');
  return text === null ? null : variablesIn(path, text, outer);
}
