import { lazy, Suspense, useMemo, useState } from 'react';
import type { ContainerSummary } from '../../../runtime/contract/contract.ts';
import { details as detailTexts } from '../../strings/details.ts';
import { stats as texts } from '../../strings/stats.ts';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { decimal, formatBytes, formatTime } from '../../ui/format.ts';
import { Segmented } from '../../ui/Segmented.tsx';
import { isRunning } from '../containers/model.ts';
import css from './Panes.module.css';
import { ratesBetween, useStatsOf } from './use-stats.ts';
import { retried } from '../../data/retried.ts';

const Chart = lazy(retried(() => import('../../ui/Chart.tsx')));

/** Rows of the table: more nobody reads. */
const TABLE_ROWS = 30;

const percent = (cpus: number): string => `${decimal(cpus * 100, cpus < 0.1 ? 1 : 0)} %`;
const rate = (bytes: number): string => texts.perSecond(formatBytes(Math.round(bytes)));

/** What a container uses right now, as charts or as a table. */
export function StatsPane({ container }: { readonly container: Pick<ContainerSummary, 'id' | 'name' | 'state'> }) {
  const running = isRunning(container);
  const samples = useStatsOf(container.id, running);
  const [view, setView] = useState<'charts' | 'table'>('charts');
  const columns = useMemo(() => {
    const rates = samples.map((sample, index) => ratesBetween(samples[index - 1], sample));
    return {
      time: samples.map(({ at }) => at / 1000),
      cpus: samples.map(({ cpus }) => cpus),
      memory: samples.map(({ memoryBytes }) => memoryBytes),
      pids: samples.map(({ pids }) => pids),
      rates,
    };
  }, [samples]);
  const latest = samples.at(-1);
  const now = columns.rates.at(-1);
  if (!running) return <EmptyState title={detailTexts.notRunning}>{detailTexts.notRunningText}</EmptyState>;
  if (latest === undefined || now === undefined) return <EmptyState title={texts.waiting} />;
  const memoryNow =
    latest.memoryLimit === 0
      ? formatBytes(latest.memoryBytes)
      : texts.ofLimit(formatBytes(latest.memoryBytes), formatBytes(latest.memoryLimit));
  const cards = [
    {
      name: texts.cpu,
      now: latest.cpus === null ? '–' : percent(latest.cpus),
      series: [{ label: texts.used, colour: '--accent' }],
      data: [columns.time, columns.cpus],
      format: percent,
      atLeast: 0.05,
    },
    {
      name: texts.memory,
      now: memoryNow,
      series: [{ label: texts.used, colour: '--good' }],
      data: [columns.time, columns.memory],
      format: formatBytes,
      atLeast: 1_000_000,
    },
    {
      name: texts.network,
      now: `↓ ${rate(now.netRx ?? 0)}  ↑ ${rate(now.netTx ?? 0)}`,
      series: [
        { label: texts.received, colour: '--accent' },
        { label: texts.sent, colour: '--buoy' },
      ],
      data: [columns.time, columns.rates.map(({ netRx }) => netRx), columns.rates.map(({ netTx }) => netTx)],
      format: rate,
      atLeast: 1000,
    },
    {
      name: texts.disk,
      now: `${texts.read} ${rate(now.blockRead ?? 0)}, ${texts.written} ${rate(now.blockWrite ?? 0)}`,
      series: [
        { label: texts.read, colour: '--accent' },
        { label: texts.written, colour: '--buoy' },
      ],
      data: [
        columns.time,
        columns.rates.map(({ blockRead }) => blockRead),
        columns.rates.map(({ blockWrite }) => blockWrite),
      ],
      format: rate,
      atLeast: 1000,
    },
  ];
  return (
    <section className={css['pane']} aria-label={detailTexts.tabs.stats}>
      <div className={css['tools']}>
        <span className={css['fact']}>
          {texts.pids} <strong>{latest.pids}</strong>
        </span>
        <div className={css['right']}>
          <Segmented
            label={texts.view}
            value={view}
            onChange={setView}
            options={[
              { value: 'charts', label: texts.charts },
              { value: 'table', label: texts.table },
            ]}
          />
        </div>
      </div>
      {view === 'charts' ? (
        <div className={css['cards']}>
          {cards.map((card) => (
            <section key={card.name} className={css['card']}>
              <header>
                <h2>{card.name}</h2>
                <span className={css['now']}>{card.now}</span>
              </header>
              <Suspense>
                <Chart
                  label={texts.chartOf(card.name, card.now)}
                  series={card.series}
                  data={card.data}
                  format={card.format}
                  atLeast={card.atLeast}
                />
              </Suspense>
              {card.series.length > 1 && (
                <p className={css['legend']}>
                  {card.series.map((one) => (
                    <span key={one.label}>
                      <i style={{ background: `var(${one.colour})` }} />
                      {one.label}
                    </span>
                  ))}
                </p>
              )}
            </section>
          ))}
        </div>
      ) : (
        <div className={css['scroll']} tabIndex={0} role="region" aria-label={texts.table}>
          <table className={css['table']}>
            <thead>
              <tr>
                {[texts.time, texts.cpu, texts.memory, texts.received, texts.sent, texts.read, texts.written].map(
                  (name) => (
                    <th key={name} scope="col">
                      {name}
                    </th>
                  ),
                )}
              </tr>
            </thead>
            <tbody>
              {samples
                .map((sample, index) => ({ sample, rates: columns.rates[index] }))
                .slice(-TABLE_ROWS)
                .reverse()
                .map(({ sample, rates }) => (
                  <tr key={sample.at}>
                    <td>{formatTime(sample.at)}</td>
                    <td>{sample.cpus === null ? '–' : percent(sample.cpus)}</td>
                    <td>{formatBytes(sample.memoryBytes)}</td>
                    <td>{rate(rates?.netRx ?? 0)}</td>
                    <td>{rate(rates?.netTx ?? 0)}</td>
                    <td>{rate(rates?.blockRead ?? 0)}</td>
                    <td>{rate(rates?.blockWrite ?? 0)}</td>
                  </tr>
                ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}
