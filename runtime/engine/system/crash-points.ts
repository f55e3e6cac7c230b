import { unlinkSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Every place at which a test kills the engine, in the order in which an operation comes by them. Each is a step between
 * two writes: what is on disk there is what a crash can leave behind.
 */
export const ENGINE_CRASH_POINTS = [
  // Images: blobs, layers, records, collection.
  'blob-written',
  'blob-renamed',
  'blob-published',
  'layer-drafted',
  'layer-adopted',
  'layer-filled',
  'layer-renamed',
  'layer-recorded',
  'commit-layer-stored',
  'image-recording',
  'image-recorded',
  'image-untagged',
  'image-deleted',
  'images-marked',
  'trash-moved',
  // Containers: create, start, exit, remove.
  'create-mounts',
  'create-directories',
  'create-copied-up',
  'create-attached',
  'create-recorded',
  'create-volumes-kept',
  'start-attached',
  'start-noted',
  'start-launched',
  'start-gone',
  'start-recorded',
  'exit-known',
  'exit-recorded',
  'remove-marked',
  'remove-renamed',
  'remove-volumes',
  'remove-deleted',
  'remove-forgotten',
  // Containers in the trash: put there, brought back, deleted.
  'discard-recording',
  'discard-recorded',
  'restore-volumes',
  'restore-attached',
  'restore-recording',
  'restore-recorded',
  'discarded-deleted',
  'discarded-renamed',
  'endpoints-replacing',
  'connect-remembered',
  'disconnect-forgotten',
  // Builds: a RUN, and what becomes of it.
  'build-attached',
  'build-started',
  'build-ran',
  'build-layered',
  'build-cached',
  // Volumes and networks.
  'volume-begun',
  'volume-made',
  'volume-recorded',
  'volume-trashed',
  'volume-deleted',
  'network-recorded',
  'network-made',
  'network-deleted',
  'network-unmade',
] as const;

/** The same of the launcher's processes; see runtime/launcher/crash.h. */
export const LAUNCHER_CRASH_POINTS = [
  'zygote-accepted',
  'worker-asked',
  'monitor-born',
  'monitor-reserved',
  'monitor-ports',
  'monitor-listening',
  'monitor-networked',
  'monitor-cgroups',
  'monitor-cloned',
  'monitor-spawned',
  'monitor-released',
  'monitor-started',
  'child-born',
  'child-in-cgroups',
  'child-rootfs',
  'child-pivoted',
  'exec-listening',
  'exec-spawned',
  'exit-seen',
  'exit-writing',
  'exit-written',
  'exit-unlistened',
  'exit-uncgrouped',
  'layer-opened',
  'layer-applied',
  'log-rotating',
  'log-renamed',
  'log-begun',
] as const;

export type EngineCrashPoint = (typeof ENGINE_CRASH_POINTS)[number];

/** Set by tests only: whoever can set the engine's environment can end it anyway. */
const directory = process.env['BERTH_CRASH_DIRECTORY'] ?? '';

/**
 * Kills this process when a test has put a file of that name into the directory `BERTH_CRASH_DIRECTORY`. The file goes
 * first, so that one file is one death.
 */
export function crashPoint(name: EngineCrashPoint): void {
  if (directory === '') return;
  try {
    unlinkSync(join(directory, name));
  } catch {
    return; // Not asked for.
  }
  process.kill(process.pid, 'SIGKILL');
  // The signal may reach another thread first: nothing more may happen on this one.
  for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000);
}
