import type { DoctorFinding } from '../contract/system.ts';
import { examine } from '../engine/doctor/doctor.ts';
import type { EnginePaths } from '../engine/system/paths.ts';

/** What `berth doctor` finds, without repairing anything, in the words of the app's contract. */
export async function examineEngine(paths: EnginePaths, deep: boolean): Promise<DoctorFinding[]> {
  const findings = await examine(paths, { deep, repair: false });
  return findings.map(({ id, status, text, advice, repaired }) => ({ id, status, text, advice, repaired }));
}
