import { existsSync, readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { cgroupPaths } from '../containers/cgroup-plan.ts';
import type { Launcher } from '../launcher/interface.ts';
import type { CgroupHost } from '../system/cgroups.ts';
import { monitorSocketPath, type EnginePaths } from '../system/paths.ts';
import { Builder } from './builder.ts';
import type { CacheMounts } from './execute/cache-mounts.ts';
import { workDirectory } from './execute/workspace.ts';

export interface BuildRecoveryParts {
  readonly paths: EnginePaths;
  readonly launcher: Launcher;
  readonly cgroups: CgroupHost;
  readonly cacheMounts: CacheMounts;
}

const SIGKILL = 9;

/** Ends and removes what builds of an engine that was killed have left: a build does not outlive its engine. */
export async function recoverBuilds({ paths, launcher, cgroups, cacheMounts }: BuildRecoveryParts): Promise<void> {
  const work = workDirectory(paths.dataRoot);
  const ids = existsSync(work) ? readdirSync(work).filter((name) => /^[0-9a-f]{64}$/.test(name)) : [];
  for (const id of ids) {
    const socket = monitorSocketPath(paths.execRoot, id);
    const supervised = await launcher.adopt(id, socket, join(work, id));
    if (supervised === null) {
      await launcher.removeCgroups(cgroupPaths(cgroups, id, ''));
      await rm(socket, { force: true });
      await rm(join(paths.execRoot, 'monitors', id), { force: true });
      continue;
    }
    // One that was never let go is undone when its connection ends.
    if (supervised.startedAt === 0n) supervised.release();
    else {
      await supervised.kill(SIGKILL).catch(() => undefined); // It has ended by itself.
      await supervised.exited;
      supervised.release();
    }
  }
  await launcher.removeTree(join(paths.execRoot, 'secrets'));
  await cacheMounts.recover();
  await Builder.recover(paths.dataRoot);
}
