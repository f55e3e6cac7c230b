import { hasWildcard } from '../../../common/path-patterns.ts';
import { inputsOf, type Vertex } from './vertex.ts';

/** Paths and patterns of the build's own context that a graph uses; null when it may be anything. */
export function neededPaths(targets: readonly Vertex[]): readonly string[] | null {
  const paths = new Set<string>();
  const seen = new Set<Vertex>();
  const left = [...targets];
  for (let vertex = left.pop(); vertex !== undefined; vertex = left.pop()) {
    if (seen.has(vertex)) continue;
    seen.add(vertex);
    if (vertex.kind === 'base') continue;
    left.push(vertex.parent);
    if (vertex.kind === 'link') {
      left.push(vertex.above);
      continue;
    }
    const { operation } = vertex;
    left.push(...inputsOf(operation));
    if (operation.kind === 'copy' && operation.from === null && operation.context === '')
      for (const source of operation.sources) paths.add(source);
    if (operation.kind !== 'run') continue;
    for (const { mount, from } of operation.mounts) {
      if (mount.type !== 'bind' || from !== null) continue;
      // A mount's source is a name, not a pattern.
      if (hasWildcard(mount.source)) return null;
      paths.add(mount.source === '' ? '/' : mount.source);
    }
  }
  return [...paths];
}
