import { stringify } from 'yaml';
import { ownImage } from './names.ts';
import type { Project, Service } from './project.ts';
import { without } from './without.ts';

/** The project as one Compose file in one form: what `config` prints. Names are sorted, defaults left out. */
export function renderProject(
  project: Project,
  names: ReadonlySet<string>,
  { completed = true }: { readonly completed?: boolean } = {},
): Record<string, unknown> {
  const services = [...project.services.values()]
    .filter(({ name }) => names.has(name))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const nameOf = (key: string, entry: object): object =>
    !completed && 'name' in entry && entry.name === `${project.name}_${key}` ? { name: undefined } : {};
  const section = (entries: ReadonlyMap<string, object>): Record<string, unknown> | undefined =>
    entries.size === 0
      ? undefined
      : Object.fromEntries(
          [...entries]
            .sort(([a], [b]) => (a < b ? -1 : 1))
            .map(([key, entry]) => [
              key,
              clean({ ...entry, ...nameOf(key, entry), external: isExternal(entry) ? true : undefined }),
            ]),
        );
  return clean({
    name: project.name,
    services: Object.fromEntries(services.map((service) => [service.name, renderService(project, service)])),
    networks: section(project.networks),
    volumes: section(project.volumes),
    configs: section(project.configs),
    secrets: section(project.secrets),
    models: section(project.models),
  });
}

/** That as YAML. */
export function projectYaml(rendered: Readonly<Record<string, unknown>>): string {
  return stringify(rendered, { lineWidth: 0, sortMapEntries: false });
}

function isExternal(entry: object): boolean {
  return 'external' in entry && entry.external === true;
}

/** A dollar sign that is meant must be written twice. */
function escaped(value: unknown): unknown {
  if (typeof value === 'string') return value.replaceAll('$', '$$$$');
  if (Array.isArray(value)) return value.map(escaped);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, escaped(one)]));
}

function renderService(project: Project, service: Service): unknown {
  const { image, environment, labels, dependencies, networks, profiles, links, replicas, build, ...rest } = without(
    service,
    'name',
  );
  const isOwnImage = image === ownImage(project, service.name);
  return escaped(
    clean({
      ...rest,
      build,
      image: isOwnImage ? undefined : image,
      environment,
      labels,
      depends_on: dependencies,
      networks: Object.fromEntries(
        Object.entries(networks).map(([key, spec]) => [key, Object.keys(spec).length === 0 ? null : spec]),
      ),
      profiles,
      links: links.map((link) => `${link.service}:${link.alias}`),
      scale: replicas === 1 ? undefined : replicas,
      ...times(service),
      volumes: service.volumes?.map(({ type, source, target, readOnly, bind, ...more }) =>
        clean({
          type,
          source: source === '' ? undefined : source,
          target,
          read_only: readOnly ? true : undefined,
          bind:
            bind === undefined
              ? undefined
              : clean({
                  propagation: bind.propagation,
                  create_host_path: bind.createHostPath,
                  selinux: bind.selinux,
                  recursive: bind.recursive,
                }),
          ...more,
        }),
      ),
      ports: service.ports?.map(({ target, published, hostIp, protocol }) =>
        clean({
          target,
          published: published === '' ? undefined : published,
          host_ip: hostIp === '' ? undefined : hostIp,
          protocol,
        }),
      ),
      configs: service.configs?.map(withOctalMode),
      secrets: service.secrets?.map(withOctalMode),
    }),
  );
}

function withOctalMode(grant: { mode?: number | undefined }): unknown {
  return clean({ ...grant, mode: grant.mode === undefined ? undefined : `0${grant.mode.toString(8)}` });
}

/** Durations as text: `1m30s`. */
function times(service: Service): Record<string, unknown> {
  const { healthcheck, stop_grace_period: grace } = without(service, 'name');
  return {
    stop_grace_period: grace === undefined ? undefined : durationText(grace),
    healthcheck:
      healthcheck === undefined
        ? undefined
        : clean({
            ...healthcheck,
            ...Object.fromEntries(
              (['interval', 'timeout', 'start_period', 'start_interval'] as const).map((key) => {
                const value = healthcheck[key];
                return [key, value === undefined ? undefined : durationText(value)];
              }),
            ),
          }),
  };
}

/** Nanoseconds in the words of a Compose file. */
function durationText(nanoseconds: number): string {
  const milliseconds = Math.round(nanoseconds / 1e6);
  const parts: readonly (readonly [number, string])[] = [
    [Math.floor(milliseconds / 3_600_000), 'h'],
    [Math.floor(milliseconds / 60_000) % 60, 'm'],
    [Math.floor(milliseconds / 1000) % 60, 's'],
    [milliseconds % 1000, 'ms'],
  ];
  const text = parts.map(([count, unit]) => (count === 0 ? '' : `${count}${unit}`)).join('');
  return text === '' ? '0s' : text;
}

/** Without what is undefined or empty. */
function clean(value: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(value).filter(
      ([, one]) =>
        one !== undefined &&
        !(Array.isArray(one) && one.length === 0) &&
        !(typeof one === 'object' && one !== null && !Array.isArray(one) && Object.keys(one).length === 0),
    ),
  );
}
