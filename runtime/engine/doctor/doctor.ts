import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '../errors.ts';
import { builtLauncher } from '../launcher/client.ts';
import { lockDataRoot, type DataRootLock } from '../system/lock.ts';
import type { EnginePaths } from '../system/paths.ts';
import type { Finding } from './finding.ts';
import { hostChecks } from './host-checks.ts';
import { leakChecks } from './leak-checks.ts';
import { storeChecks } from './store-checks.ts';

export interface DoctorOptions {
  /** Read every blob and check its digest. */
  readonly deep: boolean;
  /** Do what is safe about what is found. */
  readonly repair: boolean;
}

/** A finding after its repair, if there was one. */
export interface Diagnosis extends Omit<Finding, 'repair'> {
  readonly repaired: boolean;
}

/**
 * Looks at the machine, the store and what is left behind. Beside a running engine it only looks; with none, it holds
 * the data root meanwhile, so that none starts in between. Never throws for what it finds.
 */
export async function examine(paths: EnginePaths, { deep, repair }: DoctorOptions): Promise<Diagnosis[]> {
  const lock = tryLock(paths.dataRoot);
  try {
    const isIdle = lock !== null;
    const findings = [
      ...(await hostChecks(process.getuid?.() ?? 0, paths.dataRoot, process.env['BERTH_LAUNCHER'] ?? builtLauncher)),
      ...(await storeChecks(paths.dataRoot, isIdle, deep)),
      ...(await leakChecks(paths, isIdle)),
    ];
    return findings.map((finding) => settled(finding, repair && isIdle));
  } finally {
    lock?.release();
  }
}

/** Null when an engine holds it. A data root that is not there is not made. */
function tryLock(dataRoot: string): DataRootLock | null {
  if (!existsSync(join(dataRoot, 'berth.db'))) return { release: () => undefined };
  try {
    return lockDataRoot(dataRoot);
  } catch {
    return null;
  }
}

function settled({ repair, ...finding }: Finding, mayRepair: boolean): Diagnosis {
  if (repair === undefined || !mayRepair) return { ...finding, repaired: false };
  try {
    repair();
    return { ...finding, repaired: true };
  } catch (error) {
    return { ...finding, repaired: false, advice: `It could not be repaired (${messageOf(error)}). ${finding.advice}` };
  }
}
