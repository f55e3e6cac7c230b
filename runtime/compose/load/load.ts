import { readFile } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { text as readAll } from 'node:stream/consumers';
import type { Readable } from 'node:stream';
import { ComposeError } from '../errors.ts';
import { normalizeProject } from '../model/normalize.ts';
import type { Project } from '../model/project.ts';
import { validateModel } from '../schema/validate.ts';
import { readEnvironmentFile } from './environment-file.ts';
import { composeFiles, projectNameOf, STANDARD_INPUT } from './files.ts';
import { interpolateModel } from './interpolation.ts';
import { mergeModels, withoutResets } from './merge.ts';
import { textOf, withoutEntry, type MapNode, type Node } from './node.ts';
import { parseYaml } from './parse.ts';
import { resolvePaths } from './paths.ts';
import { usedVariables, type UsedVariable } from './variables.ts';
import { addIncluded, inclusions, resolveExtends } from './references.ts';

/** What names a project and how it is read. */
export interface LoadOptions {
  readonly files: readonly string[];
  readonly projectName?: string | undefined;
  readonly projectDirectory?: string | undefined;
  readonly envFiles?: readonly string[];
  /** Where files are looked for. */
  readonly workingDirectory: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Read for the file named `-`. */
  readonly stdin?: Readable;
  /** Texts of files that are taken instead of what is on disk, by absolute path. */
  readonly contents?: ReadonlyMap<string, string>;
  /** Leave variables as they are written. */
  readonly keepVariables?: boolean;
  /** Leave paths as they are written. */
  readonly keepPaths?: boolean;
  /** Leave out what follows from other attributes. */
  readonly keepIncomplete?: boolean;
  /** Take a project whose parts do not fit each other. */
  readonly unchecked?: boolean;
  /** Leave variables of services, and the files that they come from, as they are written. */
  readonly keepEnvironment?: boolean;
  /** Names as Compose 1 makes them. */
  readonly compatibility?: boolean;
}

/** Included files that include each other deeper than this are a circle. */
const MAX_INCLUDES = 30;

/**
 * Reads a Compose project: files found, parsed, interpolated, extended, included and merged, checked against the
 * Compose spec and brought into one form. Throws ComposeError.
 */
export async function loadProject(options: LoadOptions): Promise<Project> {
  const { environment, workingDirectory } = options;
  const files = composeFiles(options.files, workingDirectory, environment);
  const directory = directoryOf(options, files);
  const warnings = new Set<string>();
  const variables = variablesOf(options, directory);
  const loader = new Loader(options, variables.lookup, warnings);
  const model = await loader.model(files, directory);
  const name = projectName(options, variables.lookup, model, directory);
  const input = validateModel(model);
  return normalizeProject(input, model, {
    name,
    directory,
    files,
    envFiles: variables.files,
    lookup: variables.lookup,
    warnings: [...warnings],
    separator: options.compatibility === true ? '_' : '-',
    checked: options.unchecked !== true,
    completed: options.keepIncomplete !== true,
    resolved: options.keepEnvironment !== true,
  });
}

/** The variables that a project's files use, as they are written. Throws ComposeError. */
export async function projectVariables(options: LoadOptions): Promise<UsedVariable[]> {
  return usedVariables((await modelAsWritten({ ...options, keepPaths: true })).model);
}

/** A project's files merged, with variables as they are written. They may stand for anything, so nothing is checked. */
export interface WrittenModel {
  readonly name: string;
  readonly model: MapNode;
}

/** Reads a project's files without replacing variables. Throws ComposeError. */
export async function modelAsWritten(options: LoadOptions): Promise<WrittenModel> {
  const { environment, workingDirectory } = options;
  const files = composeFiles(options.files, workingDirectory, environment);
  const directory = directoryOf(options, files);
  const loader = new Loader({ ...options, keepVariables: true }, () => undefined, new Set());
  const model = await loader.model(files, directory);
  const written = textOf(model.entries.get('name')) ?? basename(directory);
  return { name: projectNameOf(options.projectName ?? environment['COMPOSE_PROJECT_NAME'] ?? written), model };
}

/** The directory that paths start from: the one asked for, or that of the first file. */
function directoryOf({ workingDirectory, projectDirectory }: LoadOptions, files: readonly string[]): string {
  const [first = STANDARD_INPUT] = files;
  return resolve(workingDirectory, projectDirectory ?? (first === STANDARD_INPUT ? workingDirectory : dirname(first)));
}

interface Surroundings {
  readonly lookup: (name: string) => string | undefined;
  readonly files: readonly string[];
}

/** The environment, and beneath it the environment files: those named, or `.env` of the project's directory. */
function variablesOf(options: LoadOptions, directory: string): Surroundings {
  const { environment } = options;
  const outer = (name: string): string | undefined => environment[name];
  const listed = (environment['COMPOSE_ENV_FILES'] ?? '').split(',').filter((one) => one !== '');
  const named = (options.envFiles ?? []).length > 0 ? (options.envFiles ?? []) : listed;
  const values = new Map<string, string>();
  const files = named.length > 0 ? named.map((file) => resolve(options.workingDirectory, file)) : [`${directory}/.env`];
  const lookup = (name: string): string | undefined => outer(name) ?? values.get(name);
  for (const file of files) {
    const read = readEnvironmentFile(file, lookup, named.length > 0);
    for (const [name, value] of read ?? []) values.set(name, value);
  }
  return { lookup, files: named.length > 0 ? files : [] };
}

/** `-p`, COMPOSE_PROJECT_NAME, `name:` of the files, or the directory's name. Throws ComposeError for one that is none. */
function projectName(
  options: LoadOptions,
  lookup: (name: string) => string | undefined,
  model: MapNode,
  directory: string,
): string {
  const asked = options.projectName ?? lookup('COMPOSE_PROJECT_NAME');
  const written = textOf(model.entries.get('name'));
  const explicit = asked === undefined || asked === '' ? written : asked;
  if (explicit !== undefined && explicit !== '') {
    if (explicit !== projectNameOf(explicit))
      throw new ComposeError(
        `invalid project name "${explicit}": it must be of lower case letters, digits, dashes and underscores, and start with a letter or digit`,
        asked === undefined || asked === '' ? (model.entries.get('name')?.place ?? null) : null,
      );
    return explicit;
  }
  const name = projectNameOf(basename(directory));
  if (name === '') throw new ComposeError('the project has no name: give it one by -p or `name:`');
  return name;
}

class Loader {
  readonly #options: LoadOptions;
  readonly #lookup: (name: string) => string | undefined;
  readonly #warnings: Set<string>;

  constructor(options: LoadOptions, lookup: (name: string) => string | undefined, warnings: Set<string>) {
    this.#options = options;
    this.#lookup = lookup;
    this.#warnings = warnings;
  }

  /** Files merged in their order, with what they include. */
  async model(files: readonly string[], directory: string, depth = 0): Promise<MapNode> {
    let merged: MapNode | null = null;
    for (const file of files) {
      for (const document of await this.#documents(file)) {
        const extended = await resolveExtends(document, { file, directory }, (path, asker) =>
          this.#extendedFile(path, asker),
        );
        const resolved = this.#resolved(extended, directory);
        merged = merged === null ? resolved : mergeModels(merged, resolved);
      }
    }
    if (merged === null) throw new ComposeError(`${files.join(', ')}: the file is empty`);
    return this.#withIncluded(withoutResetsOf(merged), directory, depth);
  }

  async #withIncluded(model: MapNode, directory: string, depth: number): Promise<MapNode> {
    let result = withoutEntry(model, 'include');
    for (const { paths, projectDirectory, envFiles, node } of inclusions(model, directory)) {
      if (depth > MAX_INCLUDES) throw new ComposeError('files include each other in a circle', node.place);
      const [main = ''] = paths;
      const own = projectDirectory ?? dirname(main);
      const lookup = this.#lookupWith(envFiles.length > 0 ? envFiles : [`${own}/.env`], envFiles.length > 0);
      const loader = new Loader(this.#options, lookup, this.#warnings);
      result = addIncluded(result, await loader.model(paths, own, depth + 1));
    }
    return result;
  }

  #lookupWith(files: readonly string[], required: boolean): (name: string) => string | undefined {
    const values = new Map<string, string>();
    const lookup = (name: string): string | undefined => this.#lookup(name) ?? values.get(name);
    for (const file of files)
      for (const [name, value] of readEnvironmentFile(file, lookup, required) ?? []) values.set(name, value);
    return lookup;
  }

  async #documents(file: string, asker?: Node): Promise<MapNode[]> {
    const { stdin = process.stdin, contents } = this.#options;
    let source: string;
    try {
      source = contents?.get(file) ?? (file === STANDARD_INPUT ? await readAll(stdin) : await readFile(file, 'utf8'));
    } catch (error) {
      throw new ComposeError(
        `cannot read ${file}: ${error instanceof Error ? error.message : String(error)}`,
        asker?.place ?? null,
      );
    }
    const documents = parseYaml(source, file);
    if (this.#options.keepVariables === true) return documents;
    return documents.map((document) =>
      interpolateModel(document, this.#lookup, (name) => {
        this.#warnings.add(`The "${name}" variable is not set. Defaulting to a blank string.`);
      }),
    );
  }

  async #extendedFile(path: string, asker: Node): Promise<MapNode> {
    const [document] = await this.#documents(path, asker);
    if (document === undefined) throw new ComposeError(`${path} is empty`, asker.place);
    return this.#resolved(document, dirname(path));
  }

  #resolved(document: MapNode, directory: string): MapNode {
    return this.#options.keepPaths === true ? document : resolvePaths(document, directory);
  }
}

function withoutResetsOf(model: MapNode): MapNode {
  const cleaned = withoutResets(model);
  return cleaned.kind === 'map' ? cleaned : model;
}
