import { EngineError, messageOf } from '../errors.ts';
import type { HostConfig } from './config.ts';
import { parseLink } from './endpoint-config.ts';
import { WITH_LINKS } from './host-config-checks.ts';
import type { ContainerRecord } from './types.ts';

/** What links need of the registry. */
export interface LinkedContainers {
  /** Throws `not-found`. */
  find(reference: string): { readonly record: ContainerRecord };
}

/** Modes of the network in which links are the legacy ones of the default bridge; elsewhere they are names for DNS. */
const LEGACY_MODES: ReadonlySet<string> = new Set(['', 'default', 'bridge', 'none']);

/**
 * The links of a new container as they are kept: `id:alias`, whatever the others are called later. Those to a container
 * that has another's network lead to the other. Throws `invalid`: clients would take `not-found` for the image's.
 */
export function resolvedLinks({ Links, NetworkMode }: HostConfig, containers: LinkedContainers): HostConfig['Links'] {
  if (!LEGACY_MODES.has(NetworkMode ?? '')) return Links;
  const find = (reference: string): ContainerRecord => {
    try {
      return containers.find(reference).record;
    } catch (error) {
      throw new EngineError('invalid', `could not get container for ${reference}: ${messageOf(error)}`, {
        cause: error,
      });
    }
  };
  return Links?.map((text) => {
    const { container, alias } = parseLink(text);
    let child = find(container);
    for (let owner = ownerOf(child); owner !== undefined; owner = ownerOf(child)) child = find(owner);
    if (child.hostConfig.NetworkMode === 'host')
      throw new EngineError('invalid', `conflicting options: host type networking ${WITH_LINKS}`);
    return `${child.id}:${alias}`;
  });
}

function ownerOf({ hostConfig }: ContainerRecord): string | undefined {
  return /^container:(.+)$/.exec(hostConfig.NetworkMode ?? '')?.[1];
}

/** A link to a container that is there. */
export interface Link {
  readonly child: ContainerRecord;
  readonly alias: string;
}

/** The legacy links of a container, without those to containers that are gone. */
export function linksOf(record: ContainerRecord, containers: LinkedContainers): Link[] {
  if (!LEGACY_MODES.has(record.hostConfig.NetworkMode ?? '')) return [];
  return (record.hostConfig.Links ?? []).flatMap((text) => {
    const { container, alias } = parseLink(text);
    try {
      return [{ child: containers.find(container).record, alias }];
    } catch {
      return [];
    }
  });
}

/** What inspect shows of a container's links: `/child:/parent/alias`. */
export function shownLinks(record: ContainerRecord, containers: LinkedContainers): string[] | null {
  const links = linksOf(record, containers).map(({ child, alias }) => `/${child.name}:/${record.name}/${alias}`);
  return links.length === 0 ? null : links;
}

/** The names `parent/alias` by which linked containers know each container, by its id. */
export function linkNames(
  all: readonly { readonly record: ContainerRecord }[],
  containers: LinkedContainers,
): Map<string, string[]> {
  const names = new Map<string, string[]>();
  for (const { record: parent } of all) {
    for (const { child, alias } of linksOf(parent, containers))
      names.set(child.id, [...(names.get(child.id) ?? []), `${parent.name}/${alias}`]);
  }
  return names;
}
