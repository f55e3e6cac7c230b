import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { ComposeError } from '../errors.ts';

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

/** The Compose files named, by `-f` or COMPOSE_FILE; else those found in a directory or the nearest above. Throws ComposeError. */
export function composeFiles(
  named: readonly string[],
  directory: string,
  environment: Readonly<Record<string, string | undefined>>,
): string[] {
  const separator = environment['COMPOSE_PATH_SEPARATOR'] ?? ':';
  const asked =
    named.length > 0 ? named : (environment['COMPOSE_FILE'] ?? '').split(separator).filter((one) => one !== '');
  if (asked.length > 0)
    return asked.map((file) => {
      if (file === STANDARD_INPUT) return file;
      const path = resolve(directory, file);
      if (!existsSync(path)) throw new ComposeError(`there is no file ${path}`);
      return path;
    });
  for (let folder = resolve(directory); ; folder = dirname(folder)) {
    const name = FILE_NAMES.find((one) => existsSync(join(folder, one)));
    if (name !== undefined) {
      const override = OVERRIDES[name]?.find((one) => existsSync(join(folder, one)));
      return [name, ...(override === undefined ? [] : [override])].map((one) => join(folder, one));
    }
    if (folder === dirname(folder))
      throw new ComposeError(`no Compose file found in ${directory} or above (${FILE_NAMES.join(', ')})`);
  }
}

/** A project's name made of another text: lower case letters, digits, dashes and underscores, a letter or digit first. */
export function projectNameOf(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/[^a-z0-9_-]/g, '')
    .replace(/^[_-]+/, '');
}
