import { dirname, resolve } from 'node:path';
import { readEnvironmentFile } from './environment-file.ts';
import { findComposeFiles, namedFiles, STANDARD_INPUT } from './files.ts';
import type { Variables } from './interpolate.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** What says where a project is and what is around it. */
export interface Whereabouts {
  /** Compose files that were named; none to look for them. */
  readonly files: readonly string[];
  readonly projectDirectory?: string | undefined;
  readonly envFiles?: readonly string[];
  /** Where names of files start from. */
  readonly workingDirectory: string;
  readonly environment: Environment;
}

/** Variables for a project's files, and which environment files were asked for. */
export interface Surroundings {
  readonly lookup: Variables;
  /** All of the environment files. */
  readonly values: ReadonlyMap<string, string>;
  readonly files: readonly string[];
}

/**
 * The environment, and beneath it the environment files: those named, or `.env` of the directory where files are looked
 * for and then that of the project, where the former counts. Throws ComposeError.
 */
export function surroundingsOf(whereabouts: Whereabouts, directory: string): Surroundings {
  const { environment, workingDirectory, envFiles = [] } = whereabouts;
  const listed = (environment['COMPOSE_ENV_FILES'] ?? '').split(',').filter((one) => one !== '');
  const named = (envFiles.length > 0 ? envFiles : listed).map((file) => resolve(workingDirectory, file));
  const usual = isYes(environment['COMPOSE_DISABLE_ENV_FILE'])
    ? []
    : new Set([searchDirectory(whereabouts), directory].map((one) => resolve(one, '.env')));
  const values = new Map<string, string>();
  const lookup = (name: string): string | undefined => environment[name] ?? values.get(name);
  for (const file of named)
    for (const [name, value] of readEnvironmentFile(file, lookup, true) ?? []) values.set(name, value);
  for (const file of named.length > 0 ? [] : usual)
    for (const [name, value] of readEnvironmentFile(file, lookup, false) ?? [])
      if (!values.has(name)) values.set(name, value);
  return { lookup, values, files: named };
}

/**
 * The environment with what environment files say of Compose itself (`COMPOSE_FILE`, `COMPOSE_PROFILES` and so on): of
 * the directory where files are looked for, and of the one where they are. Throws ComposeError.
 */
export function withComposeSettings(whereabouts: Whereabouts): Environment {
  const start = searchDirectory(whereabouts);
  const first = settingsOf(whereabouts, start);
  const known = { ...whereabouts, environment: first };
  if (namedFiles(known).length > 0) return first;
  const [found] = findComposeFiles(start) ?? [];
  return found === undefined || dirname(found) === start ? first : settingsOf(known, dirname(found));
}

function settingsOf(whereabouts: Whereabouts, directory: string): Environment {
  const { values } = surroundingsOf(whereabouts, directory);
  const settings = [...values].filter(([name]) => name.startsWith('COMPOSE_'));
  return { ...Object.fromEntries(settings), ...whereabouts.environment };
}

/** Where Compose files are looked for when none is named: the project's directory, or that of the command. */
export function searchDirectory({ files, projectDirectory, workingDirectory }: Whereabouts): string {
  const [first] = files;
  if (projectDirectory !== undefined) return resolve(workingDirectory, projectDirectory);
  return first === undefined || first === STANDARD_INPUT ? workingDirectory : dirname(resolve(workingDirectory, first));
}

/** What Compose takes for a yes in a variable. */
export function isYes(text = ''): boolean {
  return /^(?:1|t|true|y|yes)$/i.test(text);
}
