import { EngineError } from '../errors.ts';
import { familiarRepository, parseReference } from '../images/reference.ts';
import type { EngineEvent } from '../system/events.ts';

type Filters = ReadonlyMap<string, readonly string[]>;

/** Event filters the API knows; any other name is an error, as in Docker. */
const EVENT_FILTERS: ReadonlySet<string> = new Set([
  'config',
  'container',
  'daemon',
  'event',
  'image',
  'label',
  'network',
  'node',
  'plugin',
  'scope',
  'secret',
  'service',
  'type',
  'volume',
]);

/** Throws `invalid` for a filter that there is not. */
export function checkEventFilters(filters: Filters): void {
  for (const name of filters.keys()) {
    if (!EVENT_FILTERS.has(name)) throw new EngineError('invalid', `invalid filter '${name}'`);
  }
}

/** Whether an event passes all filters, as Docker decides it: objects by the beginning of their ids and names. */
export function eventMatches(event: EngineEvent, filters: Filters): boolean {
  const { ID, Attributes } = event.Actor;
  const any = (name: string, test: (value: string) => boolean): boolean => filters.get(name)?.some(test) ?? true;
  const names = [ID, Attributes['name'] ?? ''];
  return (
    any('type', (type) => event.Type === type) &&
    any('event', (action) => event.Action === action || event.Action.startsWith(`${action}: `)) &&
    any('scope', (scope) => event.scope === scope) &&
    (filters.get('label') ?? []).every((label) => {
      const [name = '', ...value] = label.split('=');
      return value.length === 0 ? name in Attributes : Attributes[name] === value.join('=');
    }) &&
    OBJECTS.every((type) => any(type, (value) => names.some((name) => name.startsWith(value)))) &&
    any('image', (image) => imageNames(event).includes(image))
  );
}

const OBJECTS = ['container', 'network', 'volume', 'daemon', 'plugin', 'node', 'service', 'secret', 'config'] as const;

/** What an image, or that of a container, is called: its id and its name, also without the tag. */
function imageNames({ Type, Actor }: EngineEvent): string[] {
  const given = [Actor.ID, Actor.Attributes[Type === 'image' ? 'name' : 'image'] ?? ''];
  return [...given, ...given.map(withoutTag)];
}

function withoutTag(image: string): string {
  try {
    return familiarRepository(parseReference(image));
  } catch (error) {
    if (error instanceof EngineError) return image;
    throw error;
  }
}
