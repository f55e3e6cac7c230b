import { EngineError } from '../../errors.ts';

/**
 * Filters of the build cache as BuildKit's clients write them (`type==regular,id~=abc`), by name. Throws `invalid` for one
 * that is not understood: who leaves it out removes more than was asked for.
 */
export function cacheFilters(written: readonly string[]): Map<string, readonly string[]> {
  const filters = new Map<string, readonly string[]>();
  for (const part of written.flatMap((text) => text.split(',')).filter((text) => text !== '')) {
    const [, name, value = ''] = /^([a-z-]+)(?:(?:==|~=|=)(.*))?$/.exec(part) ?? [];
    if (name === undefined) throw new EngineError('invalid', `invalid filter '${part}'`);
    filters.set(name, [...(filters.get(name) ?? []), value]);
  }
  return filters;
}
