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
import { textOf, withEntries, withoutEntry, type MapNode, type Node } from './node.ts';
import { parseYaml } from './parse.ts';
import { resolvePaths } from './paths.ts';
import { usedVariables, type UsedVariable } from './variables.ts';
import { searchDirectory, surroundingsOf, withComposeSettings, type Whereabouts } from './surroundings.ts';
import { addIncluded, inclusions, resolveExtends } from './references.ts';

/** What names a project and how it is read. */
export interface LoadOptions extends Whereabouts {
  readonly projectName?: string | undefined;
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

/** What is replaced by the project's name in its own files. */
const PROJECT_NAME = 'COMPOSE_PROJECT_NAME';
/** Included files that include each other deeper than this are a circle. */
const MAX_INCLUDES = 30;

/**
 * Reads a Compose project: files found, parsed, interpolated, extended, included and merged, checked against the
 * Compose spec and brought into one form. Throws ComposeError.
 */
export async function loadProject(asked: LoadOptions): Promise<Project> {
  const options = { ...asked, environment: withComposeSettings(asked) };
  const files = filesOf(options);
  const directory = directoryOf(options, files);
  const warnings = new Set<string>();
  const variables = surroundingsOf(options, directory);
  const included = new Map<string, string>();
  const texts = new Texts(options);
  const written = await new Loader(options, texts, variables.lookup, warnings).writtenName(files);
  const name = projectName(options, variables.lookup, written, directory);
  const lookup = (variable: string): string | undefined =>
    variable === PROJECT_NAME ? name : variables.lookup(variable);
  const model = await new Loader(options, texts, lookup, warnings, included).model(files, directory);
  const input = validateModel(model);
  return normalizeProject(input, model, {
    name,
    directory,
    files,
    envFiles: variables.files,
    lookup,
    variable: (variable) => lookup(variable) ?? included.get(variable),
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
export async function modelAsWritten(asked: LoadOptions): Promise<WrittenModel> {
  const options = { ...asked, environment: withComposeSettings(asked) };
  const files = filesOf(options);
  const directory = directoryOf(options, files);
  const loader = new Loader({ ...options, keepVariables: true }, new Texts(options), () => undefined, new Set());
  const model = await loader.model(files, directory);
  const written = textOf(model.entries.get('name')) ?? basename(directory);
  return { name: projectNameOf(options.projectName ?? options.environment[PROJECT_NAME] ?? written), model };
}

/** The directory that paths start from: the one asked for, or that of the first file. */
function directoryOf({ workingDirectory, projectDirectory }: LoadOptions, files: readonly string[]): string {
  const [first = STANDARD_INPUT] = files;
  return resolve(workingDirectory, projectDirectory ?? (first === STANDARD_INPUT ? workingDirectory : dirname(first)));
}

function filesOf(options: LoadOptions): string[] {
  return composeFiles(options.files, options.workingDirectory, options.environment, searchDirectory(options));
}

/** What variables of a project's files are replaced by, by name (`config --environment`). Throws ComposeError. */
export function projectEnvironment(asked: LoadOptions, { name, directory }: Project): Map<string, string> {
  const options = { ...asked, environment: withComposeSettings(asked) };
  const own = Object.entries(options.environment).flatMap(([key, value]): [string, string][] =>
    value === undefined ? [] : [[key, value]],
  );
  return new Map([...surroundingsOf(options, directory).values, ...own, [PROJECT_NAME, name]]);
}

/**
 * `-p`, COMPOSE_PROJECT_NAME, `name:` of the files, or the directory's name. What a person says must be a name; what a
 * file or a directory says becomes one. Throws ComposeError for one that is none.
 */
function projectName(
  options: LoadOptions,
  lookup: (name: string) => string | undefined,
  written: string,
  directory: string,
): string {
  const asked = options.projectName ?? lookup(PROJECT_NAME);
  if (asked !== undefined && asked !== '') {
    if (asked !== projectNameOf(asked))
      throw new ComposeError(
        `invalid project name "${asked}": it must be of lower case letters, digits, dashes and underscores, and start with a letter or digit`,
      );
    return asked;
  }
  const name = projectNameOf(written) || projectNameOf(basename(directory));
  if (name === '') throw new ComposeError('the project has no name: give it one by -p or `name:`');
  return name;
}

/** The texts of files, each read once: standard input can be no more often. */
class Texts {
  readonly #options: LoadOptions;
  readonly #read = new Map<string, Promise<string>>();

  constructor(options: LoadOptions) {
    this.#options = options;
  }

  of(file: string): Promise<string> {
    const { stdin = process.stdin, contents } = this.#options;
    const given = contents?.get(file);
    if (given !== undefined) return Promise.resolve(given);
    const known = this.#read.get(file);
    if (known !== undefined) return known;
    const text = file === STANDARD_INPUT ? readAll(stdin) : readFile(file, 'utf8');
    this.#read.set(file, text);
    return text;
  }
}

class Loader {
  readonly #options: LoadOptions;
  readonly #texts: Texts;
  readonly #lookup: (name: string) => string | undefined;
  readonly #warnings: Set<string>;
  readonly #included: Map<string, string>;

  /** What environment files of included projects set is added to `included`. */
  constructor(
    options: LoadOptions,
    texts: Texts,
    lookup: (name: string) => string | undefined,
    warnings: Set<string>,
    included = new Map<string, string>(),
  ) {
    this.#options = options;
    this.#texts = texts;
    this.#lookup = lookup;
    this.#warnings = warnings;
    this.#included = included;
  }

  /** The `name` that the last of the files that have one gives the project, with its variables replaced; '' without. */
  async writtenName(files: readonly string[]): Promise<string> {
    let written = '';
    for (const file of files)
      for (const document of parseYaml(await this.#text(file), file)) {
        const name = document.entries.get('name');
        if (name === undefined) continue;
        const alone = withEntries(document, [['name', name]]);
        written = textOf(this.#replaced(alone).entries.get('name')) || written;
      }
    return written;
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
        const both: MapNode = merged === null ? resolved : mergeModels(merged, resolved);
        // Before the next file, which may change what is included.
        merged = await this.#withIncluded(both, directory, depth);
      }
    }
    if (merged === null) throw new ComposeError(`${files.join(', ')}: the file is empty`);
    return withoutResetsOf(merged);
  }

  async #withIncluded(model: MapNode, directory: string, depth: number): Promise<MapNode> {
    let result = withoutEntry(model, 'include');
    for (const { paths, projectDirectory, envFiles, node } of inclusions(model, directory)) {
      if (depth > MAX_INCLUDES) throw new ComposeError('files include each other in a circle', node.place);
      const [main = ''] = paths;
      const own = projectDirectory ?? dirname(main);
      const lookup = this.#lookupWith(envFiles.length > 0 ? envFiles : [`${own}/.env`], envFiles.length > 0);
      const loader = new Loader(this.#options, this.#texts, lookup, this.#warnings, this.#included);
      result = addIncluded(result, await loader.model(paths, own, depth + 1));
    }
    return result;
  }

  #lookupWith(files: readonly string[], required: boolean): (name: string) => string | undefined {
    const values = new Map<string, string>();
    const lookup = (name: string): string | undefined => this.#lookup(name) ?? values.get(name);
    for (const file of files)
      for (const [name, value] of readEnvironmentFile(file, lookup, required) ?? []) {
        values.set(name, value);
        this.#included.set(name, value);
      }
    return lookup;
  }

  async #documents(file: string, asker?: Node): Promise<MapNode[]> {
    const documents = parseYaml(await this.#text(file, asker), file);
    if (this.#options.keepVariables === true) return documents;
    return documents.map((document) => this.#replaced(document));
  }

  async #text(file: string, asker?: Node): Promise<string> {
    try {
      return await this.#texts.of(file);
    } catch (error) {
      throw new ComposeError(
        `cannot read ${file}: ${error instanceof Error ? error.message : String(error)}`,
        asker?.place ?? null,
      );
    }
  }

  #replaced(document: MapNode): MapNode {
    return interpolateModel(document, this.#lookup, (name) => {
      this.#warnings.add(`The "${name}" variable is not set. Defaulting to a blank string.`);
    });
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
