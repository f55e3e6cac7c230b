import type { MountSpec } from './mounts.ts';
import { ownImage } from './names.ts';
import type { PortMapping } from './ports.ts';
import type { Project, Service } from './project.ts';
import { durationText } from './units.ts';
import { without } from './without.ts';

type Deploy = NonNullable<Service['deploy']>;

/** A service as docker's Compose prints it. `completed` adds what follows from what is written. */
export function renderService(project: Project, service: Service, completed: boolean): Record<string, unknown> {
  const { image, environment, labels, dependencies, networks, profiles, links, build, healthcheck, deploy, ...rest } =
    without(service, 'name', 'replicas');
  const isOwnImage = image === ownImage(project, service.name);
  const shown = {
    ...rest,
    command: service.command ?? undefined,
    entrypoint: service.entrypoint ?? undefined,
    pull_policy: service.pull_policy === 'if_not_present' ? 'missing' : service.pull_policy,
    build: build === undefined ? undefined : renderBuild(project, build, completed),
    image: isOwnImage ? undefined : image,
    environment,
    labels,
    depends_on: Object.fromEntries(
      Object.entries(dependencies).map(([name, { condition, restart, required }]) => [
        name,
        clean({ condition, restart: restart ? true : undefined, required }),
      ]),
    ),
    networks: Object.fromEntries(
      Object.entries(networks).map(([key, spec]) => [key, Object.keys(spec).length === 0 ? null : spec]),
    ),
    profiles,
    links: links.map((link) => (link.alias === link.service ? link.service : `${link.service}:${link.alias}`)),
    ...sizes(service),
    blkio_config: blockIo(service),
    stop_grace_period: durationOf(service.stop_grace_period),
    healthcheck: healthcheck === undefined ? undefined : renderHealthcheck(healthcheck),
    deploy: deploy === undefined ? undefined : renderDeploy(deploy),
    gpus: service.gpus?.map(renderDevice),
    extra_hosts: renderHosts(service.extra_hosts),
    ulimits: renderUlimits(service.ulimits),
    volumes: service.volumes?.map(renderMount),
    ports: service.ports?.map(renderPort),
    configs: service.configs?.map((grant) => renderGrant(grant)),
    secrets: service.secrets?.map((grant) => renderGrant(grant, completed ? '/run/secrets/' : null)),
  };
  const { command, entrypoint } = service;
  return {
    ...clean(withoutOff(shown)),
    // Empty ones say that the image's do not count.
    ...(command?.length === 0 ? { command } : {}),
    ...(entrypoint?.length === 0 ? { entrypoint } : {}),
  };
}

/** Without what is undefined or empty. */
export function clean(value: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(value).filter(
      ([, one]) =>
        one !== undefined &&
        one !== '' &&
        !(Array.isArray(one) && one.length === 0) &&
        !(typeof one === 'object' && one !== null && !Array.isArray(one) && Object.keys(one).length === 0),
    ),
  );
}

/** What says no more than nothing would: switches that are off, limits of zero. */
const OFF = [
  ...['privileged', 'read_only', 'stdin_open', 'tty', 'oom_kill_disable', 'use_api_socket'],
  ...['no_cache', 'pull', 'nocopy', 'internal', 'attachable'],
  ...['cpu_count', 'cpu_percent', 'cpu_period', 'cpu_quota', 'cpu_rt_period', 'cpu_rt_runtime', 'cpu_shares', 'cpus'],
  ...['mem_limit', 'mem_reservation', 'memswap_limit', 'shm_size', 'oom_score_adj', 'pids_limit'],
];

/** Without what is switched off. */
export function withoutOff(value: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(value).filter(([key, one]) => !OFF.includes(key) || (one !== false && one !== 0 && one !== '0')),
  );
}

/** Without what is undefined. */
function defined(value: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined));
}

/** Bytes are written as a text: as a number some readers would make `1e+09` of them. */
function sizeOf(bytes: number | undefined): string | undefined {
  return bytes === undefined ? undefined : String(bytes);
}

function durationOf(nanoseconds: number | undefined): string | undefined {
  return nanoseconds === undefined ? undefined : durationText(nanoseconds);
}

function sizes(service: Service): Record<string, string | undefined> {
  const keys = ['mem_limit', 'mem_reservation', 'memswap_limit', 'shm_size'] as const;
  return Object.fromEntries(keys.map((key) => [key, sizeOf(service[key])]));
}

function blockIo({ blkio_config: block }: Service): unknown {
  if (block === undefined) return undefined;
  const keys = ['device_read_bps', 'device_read_iops', 'device_write_bps', 'device_write_iops'] as const;
  const rates = keys.map((key) => [key, block[key]?.map(({ path, rate }) => ({ path, rate: sizeOf(rate) }))]);
  return clean({ ...block, ...(Object.fromEntries(rates) as object) });
}

function renderBuild(project: Project, build: NonNullable<Service['build']>, completed: boolean): unknown {
  const added = completed
    ? {
        context: build.context ?? project.directory,
        dockerfile: build.dockerfile_inline === undefined ? (build.dockerfile ?? 'Dockerfile') : undefined,
      }
    : {};
  return clean(
    withoutOff({
      ...build,
      ...added,
      ssh: Object.entries(build.ssh ?? {}).map(([id, path]) => (path === null ? id : `${id}=${path}`)),
      shm_size: sizeOf(build.shm_size),
      extra_hosts: renderHosts(build.extra_hosts),
      ulimits: renderUlimits(build.ulimits),
      secrets: build.secrets?.map((grant) => renderGrant(grant)),
    }),
  );
}

function renderHealthcheck(check: NonNullable<Service['healthcheck']>): unknown {
  const { disable, test, interval, timeout, start_period: period, start_interval: startInterval } = check;
  return clean({
    ...check,
    disable: disable === true ? true : undefined,
    test: typeof test === 'string' ? ['CMD-SHELL', test] : test,
    interval: durationOf(interval),
    timeout: durationOf(timeout),
    start_period: durationOf(period),
    start_interval: durationOf(startInterval),
  });
}

function renderDeploy(deploy: Deploy): unknown {
  const { resources, restart_policy: policy, update_config: update, rollback_config: rollback } = deploy;
  return clean({
    ...deploy,
    update_config: update === undefined ? undefined : renderChange(update),
    rollback_config: rollback === undefined ? undefined : renderChange(rollback),
    restart_policy:
      policy === undefined
        ? undefined
        : clean({ ...policy, delay: durationOf(policy.delay), window: durationOf(policy.window) }),
    resources:
      resources === undefined
        ? undefined
        : clean({
            limits: clean({ ...resources.limits, memory: sizeOf(resources.limits?.memory) }),
            reservations: clean({
              ...resources.reservations,
              memory: sizeOf(resources.reservations?.memory),
              devices: resources.reservations?.devices?.map(renderDevice),
            }),
          }),
  });
}

function renderChange(change: NonNullable<Deploy['update_config']>): unknown {
  return clean({ ...change, delay: durationOf(change.delay), monitor: durationOf(change.monitor) });
}

/** Devices without a count or ids are all of them, which is told as -1. */
function renderDevice(device: NonNullable<Service['gpus']>[number]): unknown {
  const isAll = device.count === 'all' || (device.count === undefined && device.device_ids === undefined);
  return clean({ ...device, count: isAll ? -1 : device.count });
}

/** `NAME=ADDRESS`, in order. The first colon parts a name from its address. */
function renderHosts(hosts: readonly string[] | undefined): readonly string[] | undefined {
  return hosts?.map((host) => host.replace(':', '=')).sort();
}

function renderUlimits(limits: Service['ulimits']): Record<string, unknown> | undefined {
  if (limits === undefined) return undefined;
  return Object.fromEntries(
    Object.entries(limits).map(([name, { soft, hard }]) => [name, soft === hard ? soft : { soft, hard }]),
  );
}

function renderMount({ type, source, target, readOnly, bind, consistency, ...more }: MountSpec): unknown {
  return defined({
    type,
    source: source === '' ? undefined : source,
    target,
    read_only: readOnly ? true : undefined,
    consistency,
    bind:
      bind === undefined
        ? undefined
        : defined({
            propagation: bind.propagation,
            create_host_path: bind.createHostPath,
            selinux: bind.selinux,
            recursive: bind.recursive,
          }),
    ...more,
    ...(more.volume === undefined ? {} : { volume: withoutOff(more.volume) }),
    ...(more.tmpfs === undefined ? {} : { tmpfs: defined({ ...more.tmpfs, size: sizeOf(more.tmpfs.size) }) }),
  });
}

function renderPort(port: PortMapping): unknown {
  const { target, published, hostIp, protocol, name, mode = 'ingress', appProtocol } = port;
  return clean({
    name,
    mode,
    target,
    published: published === '' ? undefined : published,
    host_ip: hostIp === '' ? undefined : hostIp,
    protocol,
    app_protocol: appProtocol,
  });
}

/** What a service is given; secrets are where their directory has them when nothing else is said. */
function renderGrant(grant: NonNullable<Service['secrets']>[number], directory: string | null = null): unknown {
  return clean({
    ...grant,
    target: grant.target ?? (directory === null ? undefined : `${directory}${grant.source}`),
    mode: grant.mode === undefined ? undefined : `0${grant.mode.toString(8)}`,
  });
}
