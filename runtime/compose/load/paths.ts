import { homedir } from 'node:os';
import { isAbsolute, resolve } from 'node:path';
import { isHostPath } from '../model/mounts.ts';
import { childMap, mapStrings, withEntries, withEntry, type ListNode, type MapNode, type Node } from './node.ts';

/** An absolute path: relative ones from `directory`, `~` from the home directory. */
export function absolutePath(path: string, directory: string): string {
  if (path === '~' || path.startsWith('~/')) return resolve(homedir(), path.slice(2));
  return isAbsolute(path) ? path : resolve(directory, path);
}

/** Whether a build context is fetched from elsewhere. */
export function isRemoteContext(context: string): boolean {
  return /^(https?|git|ssh):\/\/|^github\.com\/|^git@|^(service|docker-image|target|oci-layout):/.test(context);
}

/** One text at a path changed. */
function changed(map: MapNode, path: readonly string[], change: (text: string) => string): MapNode {
  const [key = '', ...rest] = path;
  const child = map.entries.get(key);
  if (child === undefined) return map;
  if (rest.length === 0)
    return withEntry(
      map,
      key,
      mapStrings(child, (text) => change(text)),
    );
  if (child.kind === 'map') return withEntry(map, key, changed(child, rest, change));
  return map;
}

/**
 * Makes the relative paths of one file's model absolute, before it is merged with files of other directories (Compose
 * spec, "Relative path resolution").
 */
export function resolvePaths(root: MapNode, directory: string): MapNode {
  const absolute = (path: string): string => absolutePath(path, directory);
  let result = root;
  result = eachEntry(result, 'services', (service) => resolveServicePaths(service, directory));
  result = eachEntry(result, 'configs', (config) => changed(config, ['file'], absolute));
  result = eachEntry(result, 'secrets', (secret) => changed(secret, ['file'], absolute));
  result = eachEntry(result, 'volumes', (volume) => {
    const options = volume.entries.get('driver_opts');
    const bind = options?.kind === 'map' ? options.entries.get('o') : undefined;
    const isBind = bind?.kind === 'scalar' && /(^|,)r?bind(,|$)/.test(String(bind.value));
    return isBind ? changed(volume, ['driver_opts', 'device'], absolute) : volume;
  });
  return result;
}

/** The paths of one service. */
export function resolveServicePaths(service: MapNode, directory: string): MapNode {
  const absolute = (path: string): string => absolutePath(path, directory);
  const context = (text: string): string => (isRemoteContext(text) ? text : absolute(text));
  let result = service;
  const build = service.entries.get('build');
  if (build?.kind === 'scalar') result = changed(result, ['build'], context);
  result = changed(result, ['build', 'context'], context);
  const named = build?.kind === 'map' ? build.entries.get('additional_contexts') : undefined;
  if (build?.kind === 'map' && named?.kind === 'map')
    result = changed(result, ['build', 'additional_contexts'], context);
  const current = result.entries.get('build');
  if (current?.kind === 'map' && named?.kind === 'list')
    result = withEntry(
      result,
      'build',
      eachItem(current, 'additional_contexts', (item) =>
        mapStrings(item, (text) => text.replace(/(?<==).*$/s, (what) => context(what))),
      ),
    );
  const keys = childMap(result, 'build')?.entries.get('ssh');
  if (keys?.kind === 'map') result = changed(result, ['build', 'ssh'], absolute);
  const built = childMap(result, 'build');
  if (built !== undefined && keys?.kind === 'list')
    result = withEntry(
      result,
      'build',
      eachItem(built, 'ssh', (item) =>
        mapStrings(item, (text) => text.replace(/(?<==).+$/s, (what) => absolute(what))),
      ),
    );
  result = changed(result, ['label_file'], absolute);
  const environmentFiles = service.entries.get('env_file');
  if (environmentFiles?.kind === 'scalar') result = changed(result, ['env_file'], absolute);
  result = eachItem(result, 'env_file', (item) =>
    item.kind === 'map' ? changed(item, ['path'], absolute) : mapStrings(item, absolute),
  );
  result = eachItem(result, 'volumes', (item) => resolveMountPath(item, directory));
  const develop = result.entries.get('develop');
  if (develop?.kind === 'map')
    result = withEntry(
      result,
      'develop',
      eachItem(develop, 'watch', (item) => (item.kind === 'map' ? changed(item, ['path'], absolute) : item)),
    );
  return result;
}

function resolveMountPath(item: Node, directory: string): Node {
  if (item.kind === 'scalar')
    return mapStrings(item, (text) => {
      const colon = text.indexOf(':');
      const source = text.slice(0, colon);
      return colon > 0 && isHostPath(source) ? `${absolutePath(source, directory)}${text.slice(colon)}` : text;
    });
  if (item.kind !== 'map') return item;
  const type = item.entries.get('type');
  const isBind = type?.kind === 'scalar' && type.value === 'bind';
  return isBind ? changed(item, ['source'], (text) => absolutePath(text, directory)) : item;
}

function eachEntry(root: MapNode, key: string, change: (entry: MapNode) => MapNode): MapNode {
  const section = root.entries.get(key);
  if (section?.kind !== 'map') return root;
  return withEntry(
    root,
    key,
    withEntries(
      section,
      [...section.entries].map(([name, entry]) => [name, entry.kind === 'map' ? change(entry) : entry]),
    ),
  );
}

function eachItem(map: MapNode, key: string, change: (item: Node) => Node): MapNode {
  const list = map.entries.get(key);
  if (list?.kind !== 'list') return map;
  const items: ListNode = { ...list, items: list.items.map(change) };
  return withEntry(map, key, items);
}
