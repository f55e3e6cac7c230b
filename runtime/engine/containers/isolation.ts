import { lstatSync, realpathSync, statSync, type Stats } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Settings } from '../configuration/settings.ts';
import { EngineError } from '../errors.ts';
import { errorCode } from '../store/files.ts';
import type { VolumeStore } from '../volumes/volume-store.ts';
import type { HostConfig } from './config.ts';
import { confined, KNOWN_PLACES, leadsOut, type Asked, type AskedSource } from './isolation-policy.ts';
import { mountsOf } from './mount-points.ts';
import { networkMode } from './networking.ts';
import type { ContainerRegistry } from './registry.ts';
import type { ContainerRecord } from './types.ts';
import type { UserMount } from './user-mount.ts';

export interface IsolationParts {
  readonly settings: Pick<Settings, 'current' | 'sourceOf'>;
  readonly registry: Pick<ContainerRegistry, 'find'>;
  readonly volumes: Pick<VolumeStore, 'source' | 'path'>;
  /** Directories, sockets and files of the engine itself. */
  readonly own: readonly string[];
}

/** Where what is mounted really is, by its place in the container; null when nothing had to be decided. */
export type DecidedSources = ReadonlyMap<string, string> | null;

/** Names that sockets of container engines go by. */
const ENGINE_SOCKETS = [
  'docker.sock',
  'docker-raw.sock',
  'podman.sock',
  'containerd.sock',
  'crio.sock',
  'cri-dockerd.sock',
  'buildkitd.sock',
  'berth.sock',
];
/** Containers that join one another; more than anybody has. */
const JOINS_MAX = 32;

/** Refuses what leads out of a container, where the engine's configuration asks for that: `isolation`. */
export class Isolation {
  readonly #parts: IsolationParts;

  constructor(parts: IsolationParts) {
    this.#parts = parts;
  }

  get isStrict(): boolean {
    return this.#parts.settings.current.isolation === 'strict';
  }

  /** Throws `forbidden`, naming what is refused and the file that says so. */
  decide(record: ContainerRecord): DecidedSources {
    if (!this.isStrict) return null;
    const real = new Map<string, string>();
    const sources = mountsOf(record).flatMap((mount) => this.#source(mount, real));
    this.#assert({ hostConfig: record.hostConfig, namespaces: this.#namespaces(record), sources });
    return real;
  }

  /** Of a step of a build, which mounts nothing of the host, and of what an update asks for. Throws `forbidden`. */
  assertAllowed(hostConfig: HostConfig): void {
    if (!this.isStrict) return;
    this.#assert({ hostConfig, namespaces: this.#namespaces({ config: {}, hostConfig }), sources: [] });
  }

  /** Throws `forbidden`. */
  assertExec(privileged: boolean): void {
    if (privileged && this.isStrict) throw this.#refusal('exec --privileged');
  }

  /** As it is started: in strict isolation nobody gains privileges, whatever is said. */
  hostConfig(hostConfig: HostConfig): HostConfig {
    return this.isStrict ? confined(hostConfig) : hostConfig;
  }

  #assert(asked: Asked): void {
    const own = this.#parts.own.flatMap((path) => [path, resolved(path)]);
    const found = leadsOut(asked, { own, cgroupParent: this.#parts.settings.current['cgroup-parent'] });
    if (found !== null) throw this.#refusal(found);
  }

  #refusal(what: string): EngineError {
    const file = this.#parts.settings.sourceOf('isolation');
    return new EngineError(
      'forbidden',
      `${what} is refused: this engine isolates its containers strictly ("isolation": "strict" in ${file})`,
    );
  }

  #namespaces(record: Pick<ContainerRecord, 'config' | 'hostConfig'>): Asked['namespaces'] {
    const { hostConfig } = record;
    return {
      pid: this.#mode(record, (one) => one.hostConfig.PidMode ?? ''),
      ipc: this.#mode(record, (one) => one.hostConfig.IpcMode ?? ''),
      uts: hostConfig.UTSMode ?? '',
      userns: hostConfig.UsernsMode ?? '',
      network: this.#mode(record, networkMode),
      cgroupns: hostConfig.CgroupnsMode ?? '',
    };
  }

  /** What is joined may be the host's: of a container that was started before. */
  #mode(
    record: Pick<ContainerRecord, 'config' | 'hostConfig'>,
    read: (record: Pick<ContainerRecord, 'config' | 'hostConfig'>) => string,
  ): string {
    let mode = read(record);
    for (let joins = 0; mode.startsWith('container:') && joins < JOINS_MAX; joins += 1)
      mode = read(this.#parts.registry.find(mode.slice('container:'.length)).record);
    return mode;
  }

  #source(mount: UserMount, real: Map<string, string>): AskedSource[] {
    const { destination, readonly, propagation } = mount;
    let path = mount.source;
    if (mount.type === 'volume') {
      const source = this.#parts.volumes.source(mount.source);
      if (source.kind === 'filesystem') return [{ kind: 'filesystem', name: mount.source, type: source.type }];
      path = source.path;
    } else if (mount.type !== 'bind') return [];
    const place = resolved(path);
    real.set(destination, place);
    if (mount.type === 'volume' && path === this.#parts.volumes.path(mount.source)) return [];
    const places = [place, ...otherNames(place, [...KNOWN_PLACES, ...this.#parts.own])];
    return [{ kind: 'path', name: path, places, readonly, propagation, isEngine: isEngineSocket(place) }];
  }
}

/**
 * Where a path leads, without links; what is not there yet stands below what is. One that cannot be looked at stays as it is:
 * it is mounted without following links, and fails where there are some.
 */
function resolved(path: string): string {
  try {
    return realpathSync(path);
  } catch (error) {
    if (errorCode(error) !== 'ENOENT' || path === '/') return path;
    return join(resolved(dirname(path)), basename(path));
  }
}

/** The names that a path has by directories of the system, or the engine, that are mounted elsewhere, too. */
function otherNames(path: string, known: readonly string[]): string[] {
  const names: string[] = [];
  for (let directory = path; directory !== '/'; directory = dirname(directory)) {
    const identity = identityOf(directory);
    if (identity === null) continue;
    for (const one of known)
      if (one !== directory && identityOf(one) === identity) names.push(join(one, path.slice(directory.length)));
  }
  return names;
}

function identityOf(path: string): string | null {
  const status = statusOf(path);
  return status === null ? null : `${status.dev}:${status.ino}`;
}

function statusOf(path: string): Stats | null {
  try {
    return lstatSync(path);
  } catch {
    return null; // Not there, or not to be looked at.
  }
}

/** By its name; a directory counts when it holds one, not when one is further below. */
function isEngineSocket(path: string): boolean {
  const status = statusOf(path);
  if (status?.isSocket() === true) return ENGINE_SOCKETS.includes(basename(path));
  return status?.isDirectory() === true && ENGINE_SOCKETS.some((name) => isSocket(join(path, name)));
}

function isSocket(path: string): boolean {
  try {
    return statSync(path).isSocket();
  } catch {
    return false; // Not there.
  }
}
