import type { MountSpec } from '../model/mounts.ts';
import type { Project, ProjectFile, Service } from '../model/project.ts';
import type { ContainerFacts } from './create-body.ts';

/** Mounts in the two shapes of the API. */
export interface PlannedMounts {
  readonly binds: readonly string[];
  readonly mounts: readonly Record<string, unknown>[];
}

/** What is mounted into a container: volumes, host paths, files of configs and secrets. */
export function plannedMounts(project: Project, service: Service, facts: ContainerFacts): PlannedMounts {
  const binds: string[] = [];
  const mounts: Record<string, unknown>[] = [];
  const targets = new Set((service.volumes ?? []).map(({ target }) => target));
  for (const spec of service.volumes ?? []) {
    const inherited = spec.source === '' ? facts.inherited[spec.target] : undefined;
    const source =
      inherited ?? (spec.type === 'volume' ? (project.volumes.get(spec.source)?.name ?? spec.source) : spec.source);
    const bind = asBind(spec, source);
    if (bind !== null) binds.push(bind);
    else mounts.push(asMount(spec, source));
  }
  for (const [target, name] of Object.entries(facts.inherited))
    if (!targets.has(target)) binds.push(`${name}:${target}`);
  for (const { target, file } of grantedFiles(project, service))
    if (file.file !== undefined) mounts.push({ Type: 'bind', Source: file.file, Target: target, ReadOnly: true });
  if (service.use_api_socket === true)
    mounts.push({ Type: 'bind', Source: facts.socketPath, Target: '/var/run/docker.sock' });
  return { binds, mounts };
}

/** The short shape, where it says everything: only it makes a missing host path. */
function asBind(spec: MountSpec, source: string): string | null {
  const isPlain = !source.includes(':') && !spec.target.includes(':') && source !== '';
  const options = [...(spec.readOnly ? ['ro'] : [])];
  if (!isPlain) return null;
  if (spec.type === 'bind') {
    const { createHostPath = true, propagation, selinux, recursive } = spec.bind ?? {};
    if (!createHostPath || recursive !== undefined) return null;
    options.push(...[propagation, selinux].flatMap((one) => (one === undefined ? [] : [one])));
  } else if (spec.type === 'volume') {
    const { nocopy, subpath, labels } = spec.volume ?? {};
    if (subpath !== undefined || labels !== undefined) return null;
    if (nocopy === true) options.push('nocopy');
  } else {
    return null;
  }
  return [source, spec.target, ...(options.length === 0 ? [] : [options.join(',')])].join(':');
}

function asMount(spec: MountSpec, source: string): Record<string, unknown> {
  const { bind, volume, tmpfs, image } = spec;
  return {
    Type: spec.type,
    ...(source === '' ? {} : { Source: source }),
    Target: spec.target,
    ReadOnly: spec.readOnly,
    ...(bind === undefined
      ? {}
      : {
          BindOptions: {
            ...(bind.propagation === undefined ? {} : { Propagation: bind.propagation }),
            ...(bind.createHostPath === true ? { CreateMountpoint: true } : {}),
            ...recursion(bind.recursive),
          },
        }),
    ...(volume === undefined
      ? {}
      : {
          VolumeOptions: {
            NoCopy: volume.nocopy ?? false,
            ...(volume.labels === undefined ? {} : { Labels: volume.labels }),
            ...(volume.subpath === undefined ? {} : { Subpath: volume.subpath }),
          },
        }),
    ...(tmpfs === undefined
      ? {}
      : {
          TmpfsOptions: {
            ...(tmpfs.size === undefined ? {} : { SizeBytes: tmpfs.size }),
            ...(tmpfs.mode === undefined ? {} : { Mode: tmpfs.mode }),
          },
        }),
    ...(image?.subpath === undefined ? {} : { ImageOptions: { Subpath: image.subpath } }),
  };
}

function recursion(how: string | undefined): Record<string, boolean> {
  switch (how) {
    case 'disabled':
      return { NonRecursive: true };
    case 'writable':
      return { ReadOnlyNonRecursive: true };
    case 'readonly':
      return { ReadOnlyForceRecursive: true };
    default:
      return {};
  }
}

/** A config or secret as one service sees it. */
export interface GrantedFile {
  readonly target: string;
  readonly file: ProjectFile;
  readonly uid: number;
  readonly gid: number;
  /** Permission bits. */
  readonly mode: number;
}

/** Read for everybody, as the Compose spec has it for both where nothing is said. */
const DEFAULT_MODE = 0o444;

/** Configs at `/NAME` and secrets at `/run/secrets/NAME`, or where the service wants them. */
export function grantedFiles(project: Project, service: Service): GrantedFile[] {
  const lists = [
    { grants: service.configs ?? [], files: project.configs, root: '/' },
    { grants: service.secrets ?? [], files: project.secrets, root: '/run/secrets/' },
  ];
  return lists.flatMap(({ grants, files, root }) =>
    grants.flatMap(({ source, target, uid, gid, mode }) => {
      const file = files.get(source);
      if (file === undefined) return [];
      const path = target ?? source;
      return [
        {
          target: path.startsWith('/') ? path : `${root}${path}`,
          file,
          uid: Number(uid ?? 0),
          gid: Number(gid ?? 0),
          mode: mode ?? DEFAULT_MODE,
        },
      ];
    }),
  );
}
