import { existsSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Logger } from '../../common/logger.ts';
import type { Launcher, Supervised } from '../launcher/interface.ts';
import type { ExitRecord } from '../launcher/types.ts';
import { entriesOf } from '../store/file-systems.ts';
import { errorCode } from '../store/files.ts';
import { moveToTrash, trashContents } from '../store/trash-places.ts';
import { cgroupChildren, type CgroupHost } from '../system/cgroups.ts';
import type { EnginePaths } from '../system/paths.ts';
import { monitorSocketPath } from '../system/paths.ts';
import { rfc3339 } from '../../common/time.ts';
import { cgroupPaths } from './cgroup-plan.ts';
import { containerPaths } from './container-files.ts';
import { lostExit } from './ends.ts';
import { ContainerHandle } from './handle.ts';
import type { Lifecycle } from './lifecycle.ts';
import type { MountPoints } from './mount-points.ts';
import type { ContainerNetworking } from './networking.ts';
import type { ContainerRegistry } from './registry.ts';
import type { ContainerRepository } from './repository.ts';
import { restartsAtBoot } from './restart-policy.ts';
import { NEVER, type ContainerState } from './types.ts';

export interface RecoveryParts {
  readonly paths: EnginePaths;
  readonly registry: ContainerRegistry;
  readonly repository: ContainerRepository;
  readonly launcher: Launcher;
  readonly lifecycle: Lifecycle;
  readonly cgroups: CgroupHost;
  readonly networking: ContainerNetworking;
  readonly mountPoints: MountPoints;
  /** Ids of removed containers whose files are kept. */
  readonly trashed: readonly string[];
  readonly logger: Logger;
}

/**
 * What restart policies start at boot. Held back until nothing of the last run is being taken away any more: a
 * container that started earlier would look like what is left of a killed one, and lose its control groups.
 */
export class StartsAtBoot {
  readonly #lifecycle: Pick<Lifecycle, 'restartByPolicy'>;
  #waiting: ContainerHandle[] | null = [];

  constructor(lifecycle: Pick<Lifecycle, 'restartByPolicy'>) {
    this.#lifecycle = lifecycle;
  }

  /** At once when they have begun: a monitor that did not answer turned out to be gone only then. */
  add(handle: ContainerHandle): void {
    if (this.#waiting === null) this.#lifecycle.restartByPolicy(handle);
    else this.#waiting.push(handle);
  }

  begin(): void {
    const waiting = this.#waiting ?? [];
    this.#waiting = null;
    for (const handle of waiting) this.#lifecycle.restartByPolicy(handle);
  }
}

/** What recovery hands on from step to step. */
type Recovering = RecoveryParts & { readonly starts: StartsAtBoot };

/**
 * A monitor answers within a millisecond, a hundred of them at once on a busy machine within a second. One that takes
 * longer (ms) is stopped or hangs, and must not keep the engine from starting.
 */
const ADOPT_PATIENCE = 5000;

/**
 * Brings the engine's view in line with what is there, after any end of the last one: running containers are found by
 * their monitors' sockets, ended ones by their exit records, half-made and half-removed ones are finished. What is to
 * run again is in the answer, to be begun when networks and volumes are in order, too.
 */
export async function recoverContainers(recovery: RecoveryParts): Promise<StartsAtBoot> {
  const parts = { ...recovery, starts: new StartsAtBoot(recovery.lifecycle) };
  const { repository, registry } = parts;
  const handles = repository.all().map((record) => new ContainerHandle(record));
  for (const handle of handles) registry.add(handle);
  await Promise.all(handles.map((handle) => recover(parts, handle)));
  await moveOrphansToTrash(parts);
  await sweepSockets(parts);
  await sweepCgroups(parts);
  return parts.starts;
}

async function recover(parts: Recovering, handle: ContainerHandle): Promise<void> {
  const { launcher, networking, paths, logger } = parts;
  if (handle.state.status === 'removing') {
    await finishRemoval(parts, handle);
    return;
  }
  const adopting = launcher.adopt(
    handle.id,
    monitorSocketPath(paths.execRoot, handle.id),
    containerPaths(paths.dataRoot, handle.id).directory,
  );
  const answered = await withinPatience(adopting);
  if (answered !== 'late') {
    await settle(parts, handle, answered);
    return;
  }
  logger.warn('the monitor of a container does not answer; it is followed again as soon as it does', {
    container: handle.id,
  });
  handle.unreachable = true;
  networking.adopt(handle.record);
  adopting
    .then((supervised) => {
      handle.unreachable = false;
      return settle(parts, handle, supervised);
    })
    .catch((error: unknown) => {
      logger.error('a container whose monitor did not answer could not be followed', { container: handle.id, error });
    });
}

async function withinPatience<T>(work: Promise<T>): Promise<T | 'late'> {
  const { promise: late, resolve } = Promise.withResolvers<'late'>();
  const timer = setTimeout(resolve, ADOPT_PATIENCE, 'late' as const);
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** What a container is, once it is known whether its monitor lives. */
async function settle(parts: Recovering, handle: ContainerHandle, supervised: Supervised | null): Promise<void> {
  const { launcher, lifecycle, networking, paths, logger, starts } = parts;
  if (supervised !== null && supervised.startedAt !== 0n) {
    networking.adopt(handle.record);
    handle.stopping = handle.state.manuallyStopped;
    lifecycle.adopt(handle, supervised);
    return;
  }
  supervised?.release();
  const exit = await launcher.readExit(containerPaths(paths.dataRoot, handle.id).directory);
  const { status } = handle.state;
  const wasRunning = status === 'running' || status === 'paused';
  handle.stopping = handle.state.manuallyStopped;
  const isNews = exit !== null && (wasRunning || isOfLaterRun(exit, handle.state));
  if (isNews) lifecycle.recordExit(handle, exit);
  else if (wasRunning) {
    logger.warn('a container ran when the engine last did and is gone without an exit record', {
      container: handle.id,
    });
    await lifecycle.tidyUpLost(handle);
    lifecycle.recordExit(handle, lostExit());
  }
  const ended = wasRunning || isNews;
  if (ended && handle.record.hostConfig.AutoRemove === true) await lifecycle.remove(handle, true);
  else if (restartsAtBoot(handle.record, ended || status === 'restarting', handle.state.startedAt !== NEVER))
    starts.add(handle);
  else if (status === 'restarting') lifecycle.setState(handle, { ...handle.state, status: 'exited' });
}

/**
 * Whether an exit record is of another run than the state tells of: every launch removes that of the run before. Not
 * by which is later: the clock may have been set back between them.
 */
export function isOfLaterRun(exit: Pick<ExitRecord, 'finishedAt'>, state: Pick<ContainerState, 'finishedAt'>): boolean {
  return rfc3339(exit.finishedAt) !== state.finishedAt;
}

/** The engine died between the rename into the trash and the deletion of the record, or before the rename. */
async function finishRemoval(parts: RecoveryParts, handle: ContainerHandle): Promise<void> {
  const { paths, repository, registry, mountPoints } = parts;
  await toTrash(paths.dataRoot, handle.id);
  // Removals that were begun before the wish was written down.
  const removesVolumes = handle.state.removesVolumes ?? handle.record.hostConfig.AutoRemove === true;
  if (removesVolumes) await mountPoints.removeAnonymous(handle.record);
  repository.delete(handle.id);
  registry.remove(handle);
}

/**
 * Sockets of monitors that were killed while no engine looked. Those of execs that go on answer, and stay; with the
 * socket of a container goes what else its monitor would have removed.
 */
async function sweepSockets({ paths, registry, launcher, lifecycle }: RecoveryParts): Promise<void> {
  const idle = new Map(
    registry.all().flatMap((handle) => (isFollowed(handle) ? [] : [[handle.id.slice(0, 32), handle]])),
  );
  const live = new Set(registry.all().flatMap((handle) => (isFollowed(handle) ? [handle.id.slice(0, 32)] : [])));
  const sweep = async (name: string): Promise<void> => {
    const id = name.slice(0, 32);
    if (live.has(id)) return;
    const path = join(paths.execRoot, 'm', name);
    const adopting = launcher.adopt(id, path, '').then((supervised) => {
      supervised?.release();
      return supervised !== null;
    });
    if ((await withinPatience(adopting)) !== false) return;
    const handle = idle.get(id);
    if (handle === undefined) await rm(path, { force: true });
    else await lifecycle.tidyUpLost(handle);
  };
  await Promise.all((await readdir(join(paths.execRoot, 'm'))).map(sweep));
}

function isFollowed({ supervised, unreachable }: ContainerHandle): boolean {
  return supervised !== null || unreachable;
}

/**
 * Control groups of what does not run: its monitor, and perhaps who tidied up after it, were killed. What is still in
 * them belonged to a run that is over.
 */
async function sweepCgroups({ registry, cgroups, launcher, logger }: RecoveryParts): Promise<void> {
  const followed = new Set(registry.all().flatMap((handle) => (isFollowed(handle) ? [handle.id] : [])));
  const own = cgroupChildren(cgroups).filter((path) => !followed.has(basename(path)));
  const elsewhere = registry
    .all()
    .filter((handle) => !isFollowed(handle) && (handle.record.hostConfig.CgroupParent ?? '') !== '')
    .flatMap(({ id, record }) => cgroupPaths(cgroups, id, record.hostConfig.CgroupParent ?? ''))
    .filter((path) => existsSync(path));
  const left = [...own, ...elsewhere];
  if (left.length === 0) return;
  await launcher.removeCgroups(left).catch((error: unknown) => {
    logger.warn('control groups of containers that do not run could not be removed', { paths: left, error });
  });
}

/** Directories without a record are creations that were cut short. */
async function moveOrphansToTrash({ paths, registry, trashed }: RecoveryParts): Promise<void> {
  const known = new Set([...trashed, ...registry.all().map((handle) => handle.id)]);
  for (const name of entriesOf(join(paths.dataRoot, 'containers'))) {
    if (!known.has(name)) await toTrash(paths.dataRoot, name);
  }
}

async function toTrash(dataRoot: string, id: string): Promise<void> {
  await moveToTrash(dataRoot, containerPaths(dataRoot, id).directory, id).catch((error: unknown) => {
    if (errorCode(error) !== 'ENOENT') throw error; // Moved before the engine died.
  });
}

/** Deletes what lies in the trash, in the background. */
export async function emptyTrash(dataRoot: string, launcher: Pick<Launcher, 'removeTree'>): Promise<void> {
  for (const path of trashContents(dataRoot)) await launcher.removeTree(path);
}
