import { resolve } from 'node:path';
import { imageLabels } from '../plan/labels.ts';
import { linkedServices } from './links.ts';
import { ownImage } from './names.ts';
import type { Project, Service } from './project.ts';

/** What is asked for beside what the project says. */
export interface BakeAsked {
  readonly arguments: Readonly<Record<string, string | null>>;
  /** Agents by id; null for that of the environment. */
  readonly ssh: Readonly<Record<string, string | null>>;
  readonly noCache: boolean;
  readonly pull: boolean;
  readonly push: boolean;
  readonly check: boolean;
}

type Target = Readonly<Record<string, unknown>>;

/** A file for `docker buildx bake` that builds the same images: `compose build --print`. */
export function bakeFile(
  project: Project,
  services: readonly Service[],
  asked: BakeAsked,
): { readonly group: object; readonly target: Readonly<Record<string, Target>> } {
  const names = targetNames(project);
  const all = withLinked(project, services).sort(([a], [b]) => (a < b ? -1 : 1));
  const target = Object.fromEntries(
    all.map(([name, service]) => [names.get(name) ?? name, targetOf(project, service, names, asked)]),
  );
  return { group: { default: { targets: services.map(({ name }) => names.get(name) ?? name).sort() } }, target };
}

/** Services and those whose images they begin with. */
function withLinked(project: Project, services: readonly Service[]): [string, Service][] {
  const found = new Map<string, Service>();
  const add = (service: Service): void => {
    if (found.has(service.name)) return;
    found.set(service.name, service);
    for (const [, name] of linkedServices(service)) {
      const linked = project.services.get(name);
      if (linked?.build !== undefined) add(linked);
    }
  };
  for (const service of services) add(service);
  return [...found];
}

/** Names of targets have no dots. */
function targetNames({ services }: Project): Map<string, string> {
  const names = new Map<string, string>();
  const taken = new Set<string>();
  for (const service of [...services.keys()].sort()) {
    let name = service.replaceAll('.', '_');
    while (taken.has(name)) name += '_';
    taken.add(name);
    names.set(service, name);
  }
  return names;
}

function targetOf(project: Project, service: Service, names: ReadonlyMap<string, string>, asked: BakeAsked): Target {
  const { build = {} } = service;
  const context = build.context ?? project.directory;
  const linked = linkedServices(service).map(([name, other]) => [name, `target:${names.get(other) ?? other}`] as const);
  const args = Object.entries({ ...build.args, ...asked.arguments }).flatMap(([name, value]): [string, string][] => {
    const known = value ?? project.variable(name);
    return known === undefined ? [] : [[name, escaped(known)]];
  });
  const platforms = build.platforms ?? [];
  const isPushed = asked.push && service.image !== ownImage(project, service.name);
  const output = platforms.length > 1 ? `type=image,push=${isPushed}` : isPushed ? 'type=registry' : 'type=docker';
  return given({
    context,
    contexts: { ...build.additional_contexts, ...Object.fromEntries(linked) },
    dockerfile:
      build.dockerfile === undefined || !context.startsWith('/')
        ? build.dockerfile
        : resolve(context, build.dockerfile),
    'dockerfile-inline': build.dockerfile_inline === undefined ? undefined : escaped(build.dockerfile_inline),
    args: Object.fromEntries(args),
    labels: imageLabels(project, service),
    tags: [...(build.tags ?? []), service.image],
    'cache-from': build.cache_from,
    'cache-to': build.cache_to,
    target: build.target,
    secret: secretsOf(project, service),
    ssh: Object.entries({ ...build.ssh, ...asked.ssh }).map(([id, path]) => `${id}=${path ?? ''}`),
    platforms,
    pull: asked.pull || build.pull === true,
    'no-cache': asked.noCache || build.no_cache === true,
    'no-cache-filter': build.no_cache_filter,
    network: build.network,
    'shm-size': build.shm_size === undefined ? undefined : String(build.shm_size),
    ulimits: Object.entries(build.ulimits ?? {}).map(([name, { soft, hard }]) =>
      soft === hard ? `${name}=${soft}` : `${name}=${soft}:${hard}`,
    ),
    call: asked.check ? 'lint' : undefined,
    entitlements: [...(build.entitlements ?? []), ...(build.privileged === true ? ['security.insecure'] : [])],
    'extra-hosts': hostsOf(build.extra_hosts ?? []),
    output: asked.check ? undefined : [output],
    attest: (['provenance', 'sbom'] as const).flatMap((type) => attestation(type, build[type])),
  });
}

/** bake replaces variables itself. */
function escaped(text: string): string {
  return text.replaceAll('${', () => '$${');
}

function secretsOf(project: Project, { build }: Service): string[] {
  return (build?.secrets ?? []).flatMap(({ source, target = source }) => {
    const secret = project.secrets.get(source);
    if (secret?.environment !== undefined) return [`id=${target},type=env,env=${secret.environment}`];
    return secret?.file === undefined ? [] : [`id=${target},type=file,src=${secret.file}`];
  });
}

/** `NAME=ADDRESS` or `NAME:ADDRESS`, several addresses of a name parted by commas. */
function hostsOf(entries: readonly string[]): Record<string, string> {
  const hosts: Record<string, string> = {};
  for (const entry of entries) {
    const [, name = '', address = ''] = /^([^=:]+)[=:](.*)$/.exec(entry) ?? [];
    hosts[name] = hosts[name] === undefined ? address : `${hosts[name]},${address}`;
  }
  return hosts;
}

function attestation(type: string, value: string | undefined): string[] {
  if (value === undefined || value === 'false') return [];
  return [value === 'true' ? `type=${type}` : `type=${type},${value}`];
}

/** Without what says nothing. */
function given(target: Target): Target {
  return Object.fromEntries(
    Object.entries(target).filter(([, value]) => {
      if (value === undefined || value === false || value === '') return false;
      return typeof value !== 'object' || value === null || Object.keys(value).length > 0;
    }),
  );
}
