import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { ComposeError, type Place } from '../errors.ts';

/** Names of Compose files, the preferred first (Compose spec, "The Compose file"). */
const FILE_NAMES = ['compose.yaml', 'compose.yml', 'docker-compose.yml', 'docker-compose.yaml'];
const OVERRIDES: Readonly<Record<string, readonly string[]>> = {
  'compose.yaml': ['compose.override.yaml', 'compose.override.yml'],
  'compose.yml': ['compose.override.yml', 'compose.override.yaml'],
  'docker-compose.yml': ['docker-compose.override.yml', 'docker-compose.override.yaml'],
  'docker-compose.yaml': ['docker-compose.override.yaml', 'docker-compose.override.yml'],
};

/** Standard input as a Compose file. */
export const STANDARD_INPUT = '-';

/** Throws ComposeError for a file that is not one of this machine. */
export function assertHere(path: string, place: Place | null = null): void {
  if (/^(?:oci|https?|ssh|git):|^git@|^github\.com\//.test(path))
    throw new ComposeError(`${path}: Compose files are only read on this machine: fetch it first`, place);
}

/** What was named as Compose files: by `-f`, else by COMPOSE_FILE. */
export function namedFiles({
  files,
  environment,
}: {
  readonly files: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
}): readonly string[] {
  if (files.length > 0) return files;
  const separator = environment['COMPOSE_PATH_SEPARATOR'] || ':';
  return (environment['COMPOSE_FILE'] ?? '').split(separator).filter((one) => one !== '');
}

/**
 * The Compose files named, by `-f` or COMPOSE_FILE, from the working directory; else those found in `search` or the
 * nearest directory above. Throws ComposeError.
 */
export function composeFiles(
  named: readonly string[],
  workingDirectory: string,
  environment: Readonly<Record<string, string | undefined>>,
  search: string = workingDirectory,
): string[] {
  const asked = namedFiles({ files: named, environment });
  if (asked.length > 0)
    return asked.map((file) => {
      if (file === STANDARD_INPUT) return file;
      assertHere(file);
      const path = resolve(workingDirectory, file);
      if (!existsSync(path)) throw new ComposeError(`there is no file ${path}`);
      return path;
    });
  const found = findComposeFiles(search);
  if (found !== null) return found;
  throw new ComposeError(`no Compose file found in ${search} or above (${FILE_NAMES.join(', ')})`);
}

/** The Compose file in a directory or the nearest above, with its override; null when there is none. */
export function findComposeFiles(directory: string): string[] | null {
  for (let folder = resolve(directory); ; folder = dirname(folder)) {
    const name = FILE_NAMES.find((one) => existsSync(join(folder, one)));
    if (name !== undefined) {
      const override = OVERRIDES[name]?.find((one) => existsSync(join(folder, one)));
      return [name, ...(override === undefined ? [] : [override])].map((one) => join(folder, one));
    }
    if (folder === dirname(folder)) return null;
  }
}

/** A project's name made of another text: lower case letters, digits, dashes and underscores, a letter or digit first. */
export function projectNameOf(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/[^a-z0-9_-]/g, '')
    .replace(/^[_-]+/, '');
}
