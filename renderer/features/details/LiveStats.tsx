import { useMemo } from 'react';
import { stats as texts } from '../../strings/stats.ts';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { formatBytes } from '../../ui/format.ts';
import { percent, rate, StatsCharts, StatsTable, type Measured } from './StatsForms.tsx';
import type { StatsForm } from './StatsPane.tsx';
import { ratesBetween, useStatsOf } from './use-stats.ts';

/** What a running container uses, once a second. */
export function LiveStats({ id, form }: { readonly id: string; readonly form: StatsForm }) {
  const samples = useStatsOf(id, true);
  const rows = useMemo(
    (): readonly Measured[] =>
      samples.map((sample, index) => ({
        at: sample.at,
        cpus: sample.cpus,
        memoryBytes: sample.memoryBytes,
        ...ratesBetween(samples[index - 1], sample),
      })),
    [samples],
  );
  const latest = samples.at(-1);
  const now = rows.at(-1);
  if (latest === undefined || now === undefined) return <EmptyState title={texts.waiting} />;
  if (form === 'table') return <StatsTable rows={rows} />;
  const memory =
    latest.memoryLimit === 0
      ? formatBytes(latest.memoryBytes)
      : texts.ofLimit(formatBytes(latest.memoryBytes), formatBytes(latest.memoryLimit));
  return (
    <StatsCharts
      rows={rows}
      pids={latest.pids}
      now={{
        cpus: latest.cpus === null ? '–' : percent(latest.cpus),
        memory,
        network: `↓ ${rate(now.netRx ?? 0)}  ↑ ${rate(now.netTx ?? 0)}`,
        disk: texts.inAndOut(
          `${texts.read} ${rate(now.blockRead ?? 0)}`,
          `${texts.written} ${rate(now.blockWrite ?? 0)}`,
        ),
      }}
    />
  );
}
