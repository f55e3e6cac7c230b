import { useState } from 'react';
import { STATS_RANGES, type StatsRange } from '../../../runtime/contract/stats.ts';
import type { ContainerSummary } from '../../../runtime/contract/contract.ts';
import { details as detailTexts } from '../../strings/details.ts';
import { stats as texts } from '../../strings/stats.ts';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { Segmented } from '../../ui/Segmented.tsx';
import { isRunning } from '../containers/model.ts';
import { LiveStats } from './LiveStats.tsx';
import css from './Panes.module.css';
import { PastStats } from './PastStats.tsx';

export type StatsForm = 'charts' | 'table';

/** What a container uses right now, or has used, as charts or as a table. */
export function StatsPane({ container }: { readonly container: Pick<ContainerSummary, 'id' | 'name' | 'state'> }) {
  const running = isRunning(container);
  const [range, setRange] = useState<StatsRange | 'live'>(running ? 'live' : 'day');
  const [form, setForm] = useState<StatsForm>('charts');
  return (
    <section className={css['pane']} aria-label={detailTexts.tabs.stats}>
      <div className={css['tools']}>
        <Segmented
          label={texts.range}
          value={range}
          onChange={setRange}
          options={(['live', ...STATS_RANGES] as const).map((value) => ({ value, label: texts.ranges[value] }))}
        />
        <div className={css['right']}>
          <Segmented
            label={texts.view}
            value={form}
            onChange={setForm}
            options={[
              { value: 'charts', label: texts.charts },
              { value: 'table', label: texts.table },
            ]}
          />
        </div>
      </div>
      {range !== 'live' ? (
        <PastStats key={range} id={container.id} range={range} form={form} />
      ) : running ? (
        <LiveStats id={container.id} form={form} />
      ) : (
        <EmptyState title={detailTexts.notRunning}>{detailTexts.notRunningText}</EmptyState>
      )}
    </section>
  );
}
