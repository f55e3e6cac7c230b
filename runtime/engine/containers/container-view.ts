import { existsSync } from 'node:fs';
import type { ContainerView } from '../launcher/storage.ts';
import { LaunchError, type MountStep } from '../launcher/types.ts';
import { containerPaths, rootDirectories } from './container-files.ts';
import type { ContainerHandle } from './handle.ts';
import { withLookedUp, type LayerSource, type Planner } from './planner.ts';
import type { ContainerRecord } from './types.ts';

export interface ViewParts {
  readonly dataRoot: string;
  readonly planner: Planner;
  readonly layers: LayerSource;
}

/** Which part of a container's tree is wanted: with its mounts, or the root filesystem alone. */
export type ViewReach = 'mounts' | 'bare';

/**
 * Runs `look` with a view of a container. While it runs the container is not started, since two mounts of one overlay at a
 * time are undefined; it may end and be removed. One that ends before it was looked at is looked at as it lies there.
 */
export async function withView<T>(
  handle: ContainerHandle,
  parts: ViewParts,
  reach: ViewReach,
  look: (view: ContainerView) => Promise<T>,
): Promise<T> {
  const release = await handle.operations.run(() => Promise.resolve(handle.holdStarts()));
  try {
    const view = await viewOf(handle, parts, reach);
    try {
      return await look(view);
    } catch (error) {
      if (!('process' in view) || !(error instanceof LaunchError) || error.kind !== 'process-gone') throw error;
      await handle.exitHandled;
      return await look(await viewOf(handle, parts, reach));
    }
  } finally {
    release();
  }
}

async function viewOf(handle: ContainerHandle, parts: ViewParts, reach: ViewReach): Promise<ContainerView> {
  handle.assertReachable();
  const { supervised, record } = handle;
  if (supervised !== null && handle.running) return { process: supervised.process, bare: reach === 'bare' };
  const { root, mounts } = stoppedView(record, parts, reach);
  return { root, mounts: await withLookedUp(mounts) };
}

type StoppedView = Extract<ContainerView, { readonly root: unknown }>;

/** The view of a container that does not run. */
export function stoppedView(record: ContainerRecord, parts: ViewParts, reach: ViewReach): StoppedView {
  const lower = parts.layers.rootPaths(record.imageId);
  const readonly = record.hostConfig.ReadonlyRootfs === true;
  const mounts = reach === 'bare' ? [] : [...fileSteps(record, parts), ...existing(parts.planner.mountSteps(record))];
  return { root: { lower, ...rootDirectories(parts.dataRoot, record), readonly }, mounts };
}

/** The files the engine writes at each start; a container that never ran has none yet. */
function fileSteps({ id }: ContainerRecord, { dataRoot }: ViewParts): MountStep[] {
  const paths = containerPaths(dataRoot, id);
  const files: [string, string][] = [
    [paths.resolvConf, '/etc/resolv.conf'],
    [paths.hostname, '/etc/hostname'],
    [paths.hosts, '/etc/hosts'],
  ];
  return files
    .filter(([source]) => existsSync(source))
    .map(([source, destination]) => ({
      type: 'bind',
      source,
      destination,
      readonly: false,
      nosuid: false,
      nodev: false,
      noexec: false,
      recursive: false,
      propagation: 'rprivate',
      data: '',
    }));
}

/** Without what only a running container has (tmpfs), and binds whose source is not there (yet). */
function existing(steps: readonly MountStep[]): MountStep[] {
  return steps.filter(({ type, source }) => type !== 'tmpfs' && (type !== 'bind' || existsSync(source)));
}
