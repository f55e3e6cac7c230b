import { EngineError } from '../errors.ts';

/**
 * Reads a `filters` parameter: JSON of `{name: [values]}`, or of `{name: {value: true}}` as older clients send it.
 * Throws `invalid`.
 */
export function parseFilters(query: URLSearchParams): Map<string, string[]> {
  const text = query.get('filters');
  if (text === null || text === '') return new Map();
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw new EngineError('invalid', `invalid filter: ${(error as Error).message}`, { cause: error });
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw new EngineError('invalid', 'invalid filter: must be a JSON object');
  }
  return new Map(Object.entries(parsed).map(([name, values]) => [name, filterValues(name, values)]));
}

function filterValues(name: string, values: unknown): string[] {
  if (Array.isArray(values) && values.every((value) => typeof value === 'string')) return values;
  if (typeof values === 'object' && values !== null && !Array.isArray(values)) {
    return Object.entries(values).flatMap(([value, wanted]) => (wanted === true ? [value] : []));
  }
  throw new EngineError('invalid', `invalid filter '${name}'`);
}
