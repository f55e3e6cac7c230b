import { createHash } from 'node:crypto';
import { htmlSafe } from '../../common/go-json.ts';
import type { Project, ProjectNetwork, ProjectVolume, Service } from '../model/project.ts';
import { without } from '../model/without.ts';

/**
 * A digest of everything that a container of a service is made of: it is made anew when this changes. How often there
 * is one, how its image is built and what it waits for do not count, as with docker's own Compose.
 */
export function configHash(project: Project, service: Service): string {
  const made = without(
    service,
    'build',
    'replicas',
    'scale',
    'profiles',
    'dependencies',
    'pull_policy',
    'develop',
    'deploy',
    'attach',
  );
  const files = [
    ...(service.configs ?? []).map(({ source }) => project.configs.get(source)),
    ...(service.secrets ?? []).map(({ source }) => project.secrets.get(source)),
  ];
  const relevant = {
    ...made,
    resources: service.deploy?.resources,
    restartPolicy: service.deploy?.restart_policy,
    networkNames: Object.keys(service.networks).map((key) => project.networks.get(key)?.name),
    volumeNames: (service.volumes ?? []).map(({ source }) => project.volumes.get(source)?.name),
    files,
  };
  return createHash('sha256').update(canonical(relevant)).digest('hex');
}

/** A digest of what a network is made of. It is the one of docker's own Compose, so that both know when it changed. */
export function networkHash(network: ProjectNetwork): string {
  return digestAsGo({
    name: network.name,
    driver: text(network.driver),
    driver_opts: entries(network.driver_opts),
    ipam: {
      driver: text(network.ipam?.driver),
      config: network.ipam?.config?.map((pool) => ({
        subnet: text(pool.subnet),
        gateway: text(pool.gateway),
        ip_range: text(pool.ip_range),
        aux_addresses: entries(pool.aux_addresses),
      })),
    },
    internal: network.internal === true ? true : undefined,
    attachable: network.attachable === true ? true : undefined,
    labels: entries(network.labels),
    enable_ipv4: network.enable_ipv4,
    enable_ipv6: network.enable_ipv6,
  });
}

/** A digest of what a volume is made of, as docker's own Compose has it. */
export function volumeHash(volume: ProjectVolume): string {
  return digestAsGo({
    name: volume.name,
    driver: text(volume.driver) ?? 'local',
    driver_opts: entries(volume.driver_opts),
    labels: entries(volume.labels),
  });
}

function text(value: string | undefined): string | undefined {
  return value === '' ? undefined : value;
}

/** A map as Go writes it: by name, and not at all when it is empty. */
function entries<T>(map: Readonly<Record<string, T>> | undefined): Record<string, T> | undefined {
  const sorted = Object.entries(map ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  return sorted.length === 0 ? undefined : Object.fromEntries(sorted);
}

/** Of JSON as Go writes it: what stands for markup in HTML is escaped. */
function digestAsGo(value: object): string {
  return createHash('sha256')
    .update(htmlSafe(JSON.stringify(value)))
    .digest('hex');
}

/** JSON with keys in order. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return value === undefined ? 'null' : JSON.stringify(value);
  const entries = Object.entries(value)
    .filter(([, one]) => one !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, one]) => `${JSON.stringify(key)}:${canonical(one)}`).join(',')}}`;
}
