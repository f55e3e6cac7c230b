import { parseArgs } from 'node:util';
import { appPaths } from '../../runtime/bin/app-paths.ts';
import type { EnginePaths } from '../../runtime/engine/system/paths.ts';

/** Where the engine keeps its things, by the words that main handed on. */
export function chosenPaths(words: readonly string[]): EnginePaths {
  const { values } = parseArgs({ args: [...words], options: { 'data-root': { type: 'string' } }, strict: false });
  const dataRoot = values['data-root'];
  return appPaths({ dataRoot: typeof dataRoot === 'string' ? dataRoot : undefined });
}
