import type { StatsPoint, StatsRange } from '../../../runtime/contract/stats.ts';
import { useQuery } from '../../data/use-query.ts';
import { locale } from '../../strings/language.ts';
import { stats as texts } from '../../strings/stats.ts';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { formatBytes } from '../../ui/format.ts';
import { useTimeText } from '../../ui/use-now.ts';
import { ErrorState } from '../engine/ErrorState.tsx';
import { withGaps } from './gaps.ts';
import { percent, rate, StatsCharts, StatsTable } from './StatsForms.tsx';
import type { StatsForm } from './StatsPane.tsx';

const MINUTE_MS = 60_000;
/** Between two points of a range, in milliseconds. */
const SPANS: Readonly<Record<StatsRange, number>> = { hour: MINUTE_MS, day: 5 * MINUTE_MS, week: 30 * MINUTE_MS };
const hours = new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit' });
const days = new Intl.DateTimeFormat(locale, { weekday: 'short', hour: '2-digit', minute: '2-digit' });

/** What a container has used, on the average of each part of the time; of one that has ended, too. */
export function PastStats({
  id,
  range,
  form,
}: {
  readonly id: string;
  readonly range: StatsRange;
  readonly form: StatsForm;
}) {
  // A new point comes once a minute.
  const minute = useTimeText((now) => String(Math.floor(now / MINUTE_MS)));
  const { data, error, retry } = useQuery('stats.history', { id, range }, minute);
  if (error !== null && data === null) return <ErrorState error={error} onRetry={retry} />;
  if (data === null) return null;
  if (data.length === 0) return <EmptyState title={texts.noHistory}>{texts.noHistoryText}</EmptyState>;
  if (form === 'table') return <StatsTable rows={data} />;
  const rows = withGaps(data, SPANS[range]);
  const most = (of: (point: StatsPoint) => number) => Math.max(...data.map(of));
  const tick = range === 'week' ? days : hours;
  return (
    <StatsCharts
      rows={rows}
      formatTick={(time) => tick.format(time)}
      now={{
        cpus: texts.upTo(percent(most(({ cpus }) => cpus))),
        memory: texts.upTo(formatBytes(most(({ memoryBytes }) => memoryBytes))),
        network: texts.upTo(rate(most(({ netRx, netTx }) => Math.max(netRx, netTx)))),
        disk: texts.upTo(rate(most(({ blockRead, blockWrite }) => Math.max(blockRead, blockWrite)))),
      }}
    />
  );
}
