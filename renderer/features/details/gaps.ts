import type { StatsPoint } from '../../../runtime/contract/stats.ts';
import type { Measured } from './StatsForms.tsx';

/** Later than this many spans, a point does not follow the one before: nothing was measured between them. */
const MISSED_SPANS = 2.5;

/** Points with a hole where some are missing, so that no line is drawn over a time of which nothing is known. */
export function withGaps(points: readonly StatsPoint[], spanMs: number): Measured[] {
  return points.flatMap((point, index): Measured[] => {
    const before = points[index - 1];
    if (before === undefined || point.at - before.at <= MISSED_SPANS * spanMs) return [point];
    const hole = { cpus: null, memoryBytes: null, netRx: null, netTx: null, blockRead: null, blockWrite: null };
    return [{ at: before.at + spanMs, ...hole }, point];
  });
}
