import { createHash } from 'node:crypto';
import type { Project, Service } from '../model/project.ts';
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

/** JSON with keys in order. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return value === undefined ? 'null' : JSON.stringify(value);
  const entries = Object.entries(value)
    .filter(([, one]) => one !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, one]) => `${JSON.stringify(key)}:${canonical(one)}`).join(',')}}`;
}
