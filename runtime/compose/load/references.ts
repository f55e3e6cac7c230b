import { dirname, resolve } from 'node:path';
import { ComposeError } from '../errors.ts';
import { assertHere } from './files.ts';
import { merge } from './merge.ts';
import { childMap, plain, textOf, withEntry, withoutEntry, type MapNode, type Node } from './node.ts';

/** Loads the services of another file for `extends`, with that file's paths made absolute. */
export type FileLoader = (path: string, asker: Node) => Promise<MapNode>;

/** Where a model was written, and the directory that the paths in it start from. */
export interface WrittenAt {
  readonly file: string;
  readonly directory: string;
}

/**
 * Replaces `extends` in each service of a model by what it refers to. Throws ComposeError for services that are not
 * there and for circles.
 */
export async function resolveExtends(model: MapNode, at: WrittenAt, load: FileLoader): Promise<MapNode> {
  const services = childMap(model, 'services');
  if (services === undefined) return model;
  const result = new Map<string, Node>();
  for (const [name, service] of services.entries)
    result.set(name, service.kind === 'map' ? await extended(model, name, at, load, []) : service);
  return withEntry(model, 'services', { ...services, entries: result });
}

async function extended(
  model: MapNode,
  name: string,
  at: WrittenAt,
  load: FileLoader,
  chain: readonly string[],
): Promise<MapNode> {
  const service = childMap(childMap(model, 'services'), name);
  if (service === undefined) throw new ComposeError(`there is no service "${name}" in ${at.file}`);
  const reference = service.entries.get('extends');
  if (reference === undefined) return service;
  const step = `${at.file}#${name}`;
  if (chain.includes(step))
    throw new ComposeError(`services extend each other in a circle: ${[...chain, step].join(' -> ')}`, reference.place);
  const { otherFile, otherName } = readReference(reference, at.directory);
  const source = otherFile === null ? model : await load(otherFile, reference);
  const place = otherFile === null ? at : { file: otherFile, directory: dirname(otherFile) };
  if (childMap(childMap(source, 'services'), otherName) === undefined)
    throw new ComposeError(
      `cannot extend service "${otherName}" of ${place.file}: there is no such service`,
      reference.place,
    );
  const base = await extended(source, otherName, place, load, [...chain, step]);
  const merged = merge(base, withoutEntry(service, 'extends'), ['services', name]);
  return merged.kind === 'map' ? merged : service;
}

function readReference(reference: Node, directory: string): { otherFile: string | null; otherName: string } {
  if (reference.kind === 'scalar') return { otherFile: null, otherName: String(reference.value) };
  const name = reference.kind === 'map' ? textOf(reference.entries.get('service')) : undefined;
  if (name === undefined) throw new ComposeError('"extends" needs the name of a service', reference.place);
  const other = reference.kind === 'map' ? textOf(reference.entries.get('file')) : undefined;
  if (other !== undefined) assertHere(other, reference.place);
  return { otherFile: other === undefined ? null : resolve(directory, other), otherName: name };
}

/** One entry of `include`. */
export interface Inclusion {
  readonly paths: readonly string[];
  readonly projectDirectory: string | null;
  readonly envFiles: readonly string[];
  readonly node: Node;
}

/** The entries of a model's `include`, with absolute paths. Throws ComposeError. */
export function inclusions(model: MapNode, directory: string): Inclusion[] {
  const node = model.entries.get('include');
  if (node === undefined) return [];
  if (node.kind !== 'list') throw new ComposeError('"include" must be a list', node.place);
  const absolute = (path: string): string => resolve(directory, path);
  return node.items.map((item) => {
    if (item.kind === 'scalar') assertHere(String(item.value), item.place);
    if (item.kind === 'scalar')
      return { paths: [absolute(String(item.value))], projectDirectory: null, envFiles: [], node: item };
    if (item.kind !== 'map') throw new ComposeError('an entry of "include" is a path or a mapping', item.place);
    const { path, project_directory: own, env_file: env } = plain(item) as Record<string, unknown>;
    const paths = words(path);
    for (const one of paths) assertHere(one, item.place);
    if (paths.length === 0) throw new ComposeError('an entry of "include" needs a "path"', item.place);
    return {
      paths: paths.map(absolute),
      projectDirectory: typeof own === 'string' ? absolute(own) : null,
      envFiles: words(env).map(absolute),
      node: item,
    };
  });
}

function words(value: unknown): string[] {
  if (value === undefined || value === null) return [];
  return (Array.isArray(value) ? value : [value]).map(String);
}

/** The resources of an included model put beside those of a model. Throws ComposeError when one has two meanings. */
export function addIncluded(model: MapNode, included: MapNode): MapNode {
  let result = model;
  for (const section of ['services', 'networks', 'volumes', 'configs', 'secrets', 'models']) {
    const other = childMap(included, section);
    if (other === undefined) continue;
    const own = childMap(result, section) ?? { ...other, entries: new Map<string, Node>() };
    const entries = new Map(own.entries);
    for (const [name, node] of other.entries) {
      const existing = entries.get(name);
      if (existing === undefined) entries.set(name, node);
      else if (JSON.stringify(plain(existing)) !== JSON.stringify(plain(node)))
        throw new ComposeError(
          `${section}.${name} of an included file conflicts with another of that name`,
          node.place,
        );
    }
    result = withEntry(result, section, { ...own, entries });
  }
  return result;
}
