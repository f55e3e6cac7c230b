import { lazy, Suspense, useMemo } from 'react';
import { retried } from '../../data/retried.ts';
import { stats as texts } from '../../strings/stats.ts';
import { decimal, formatBytes, formatTime } from '../../ui/format.ts';
import css from './Panes.module.css';
import type { Rates } from './use-stats.ts';

const Chart = lazy(retried(() => import('../../ui/Chart.tsx')));

/** Rows of the table: more nobody reads. */
const TABLE_ROWS = 30;

export const percent = (cpus: number): string => `${decimal(cpus * 100, cpus < 0.1 ? 1 : 0)} %`;
export const rate = (bytes: number): string => texts.perSecond(formatBytes(Math.round(bytes)));

/** One moment: processors, bytes, and bytes a second; null for what is not known of it. */
export interface Measured extends Rates {
  readonly at: number;
  readonly cpus: number | null;
  readonly memoryBytes: number | null;
}

interface StatsChartsProps {
  /** The oldest first. */
  readonly rows: readonly Measured[];
  /** What stands beside the name of each chart. */
  readonly now: { readonly cpus: string; readonly memory: string; readonly network: string; readonly disk: string };
  readonly pids?: number;
  readonly formatTick?: (time: number) => string;
}

/** Measurements as four charts. */
export function StatsCharts({ rows, now, pids, formatTick }: StatsChartsProps) {
  const columns = useMemo(() => {
    const of = (name: Exclude<keyof Measured, 'at'>) => rows.map((row) => row[name]);
    const time = rows.map(({ at }) => at / 1000);
    return {
      cpus: [time, of('cpus')],
      memory: [time, of('memoryBytes')],
      network: [time, of('netRx'), of('netTx')],
      disk: [time, of('blockRead'), of('blockWrite')],
    };
  }, [rows]);
  const cards = [
    {
      id: 'cpus',
      name: texts.cpu,
      series: [{ label: texts.used, colour: '--accent' }],
      format: percent,
      atLeast: 0.05,
    },
    {
      id: 'memory',
      name: texts.memory,
      series: [{ label: texts.used, colour: '--good' }],
      format: formatBytes,
      atLeast: 1_000_000,
    },
    {
      id: 'network',
      name: texts.network,
      series: [
        { label: texts.received, colour: '--accent' },
        { label: texts.sent, colour: '--buoy' },
      ],
      format: rate,
      atLeast: 1000,
    },
    {
      id: 'disk',
      name: texts.disk,
      series: [
        { label: texts.read, colour: '--accent' },
        { label: texts.written, colour: '--buoy' },
      ],
      format: rate,
      atLeast: 1000,
    },
  ] as const;
  return (
    <div className={css['cards']}>
      {cards.map((card) => (
        <section key={card.id} className={css['card']}>
          <header>
            <h2>{card.name}</h2>
            <span className={css['now']}>{now[card.id]}</span>
          </header>
          <Suspense>
            <Chart
              label={texts.chartOf(card.name, now[card.id])}
              series={card.series}
              data={columns[card.id]}
              format={card.format}
              atLeast={card.atLeast}
              {...(formatTick === undefined ? {} : { formatTick })}
            />
          </Suspense>
          {card.series.length > 1 ? (
            <p className={css['legend']}>
              {card.series.map((one) => (
                <span key={one.label}>
                  <i style={{ background: `var(${one.colour})` }} />
                  {one.label}
                </span>
              ))}
            </p>
          ) : (
            card.id === 'cpus' &&
            pids !== undefined && (
              <p className={css['legend']}>
                {texts.pids} <strong>{pids}</strong>
              </p>
            )
          )}
        </section>
      ))}
    </div>
  );
}

/** Measurements in words, the newest first. */
export function StatsTable({ rows }: { readonly rows: readonly Measured[] }) {
  const titles = [texts.time, texts.cpu, texts.memory, texts.received, texts.sent, texts.read, texts.written];
  return (
    <div className={css['scroll']} tabIndex={0} role="region" aria-label={texts.table}>
      <table className={css['table']}>
        <thead>
          <tr>
            {titles.map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows
            .slice(-TABLE_ROWS)
            .reverse()
            .map((row) => (
              <tr key={row.at}>
                <td>{formatTime(row.at)}</td>
                <td>{row.cpus === null ? '–' : percent(row.cpus)}</td>
                <td>{row.memoryBytes === null ? '–' : formatBytes(row.memoryBytes)}</td>
                <td>{rate(row.netRx ?? 0)}</td>
                <td>{rate(row.netTx ?? 0)}</td>
                <td>{rate(row.blockRead ?? 0)}</td>
                <td>{rate(row.blockWrite ?? 0)}</td>
              </tr>
            ))}
        </tbody>
      </table>
    </div>
  );
}
