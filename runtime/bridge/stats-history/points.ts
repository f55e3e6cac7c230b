import type { StatsPoint, StatsSample } from '../../contract/stats.ts';

/** Names of what is measured, in the order in which files hold the values. */
export const MEASURES = ['cpus', 'memoryBytes', 'netRx', 'netTx', 'blockRead', 'blockWrite'] as const;

/** What a container used on the average between two measurements; null where nothing can be said of that time. */
export function pointBetween(before: StatsSample, now: StatsSample): StatsPoint | null {
  const seconds = (now.at - before.at) / 1000;
  if (seconds <= 0) return null;
  const rate = (name: 'netRx' | 'netTx' | 'blockRead' | 'blockWrite') => (now[name] - before[name]) / seconds;
  const point = {
    at: now.at,
    cpus: now.cpus ?? 0,
    memoryBytes: now.memoryBytes,
    netRx: rate('netRx'),
    netTx: rate('netTx'),
    blockRead: rate('blockRead'),
    blockWrite: rate('blockWrite'),
  };
  // Totals begin anew when the container does: what lies between is of two runs.
  return MEASURES.some((name) => point[name] < 0) ? null : point;
}

/** Points of equal spans (milliseconds), each the average of those in its span, with the span's end as its time. */
export function averaged(points: readonly StatsPoint[], spanMs: number): StatsPoint[] {
  const spans = new Map<number, StatsPoint[]>();
  for (const point of points) {
    const span = Math.ceil(point.at / spanMs);
    const known = spans.get(span);
    if (known === undefined) spans.set(span, [point]);
    else known.push(point);
  }
  return [...spans]
    .sort(([a], [b]) => a - b)
    .map(([span, members]) => {
      const mean = (name: (typeof MEASURES)[number]) =>
        members.reduce((sum, point) => sum + point[name], 0) / members.length;
      return {
        at: span * spanMs,
        cpus: mean('cpus'),
        memoryBytes: mean('memoryBytes'),
        netRx: mean('netRx'),
        netTx: mean('netTx'),
        blockRead: mean('blockRead'),
        blockWrite: mean('blockWrite'),
      };
    });
}
