import { plain } from '../load/node.ts';
import type { WrittenModel } from '../load/load.ts';
import { without } from './without.ts';

type Json = Readonly<Record<string, unknown>>;

/**
 * A project as its files say it, variables and all, with what every project has: `config --no-interpolate`. Values are
 * left in the form in which they are written, because a variable may stand for any part of one.
 */
export function renderWritten({ name, model }: WrittenModel, services: readonly string[]): Record<string, unknown> {
  const written = without(plain(model) as { version?: unknown; services?: unknown; networks?: unknown }, 'version');
  const chosen = Object.entries((written.services ?? {}) as Readonly<Record<string, Json>>)
    .filter(([key]) => services.length === 0 || services.includes(key))
    .map(([key, service]): [string, Json] => [key, onNetwork(service)]);
  const usesDefault = chosen.some(([, { networks }]) => isMapping(networks) && 'default' in networks);
  const named = (section: unknown): Json =>
    Object.fromEntries(
      Object.entries((section ?? {}) as Readonly<Record<string, Json | null>>).map(([key, entry]) => [
        key,
        { ...(isExternal(entry) ? { name: key } : { name: `${name}_${key}` }), ...entry },
      ]),
    );
  const sections = Object.entries(written).map(([key, value]) => [key, NAMED.has(key) ? named(value) : value] as const);
  return {
    ...Object.fromEntries(sections),
    name,
    services: Object.fromEntries(chosen),
    ...(usesDefault ? { networks: named({ default: null, ...(written.networks ?? {}) }) } : {}),
  };
}

const NAMED: ReadonlySet<string> = new Set(['networks', 'volumes', 'configs', 'secrets']);

/** What is not left to others is on the default network. */
function onNetwork(service: Json): Json {
  const isPlaced = 'network_mode' in service || 'provider' in service || 'networks' in service;
  return isPlaced ? service : { ...service, networks: { default: null } };
}

function isMapping(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isExternal(entry: unknown): boolean {
  return isMapping(entry) && entry['external'] === true;
}
