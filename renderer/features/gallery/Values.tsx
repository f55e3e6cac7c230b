import { Anchor } from 'lucide-react';
import { lazy, Suspense, useState } from 'react';
import { retried } from '../../data/retried.ts';
import { common } from '../../strings/common.ts';
import { gallery as texts } from '../../strings/gallery.ts';
import { DataTable, type Column, type SortState } from '../../ui/DataTable.tsx';
import { formatBytes } from '../../ui/format.ts';
import { Facts, Pairs, Section } from '../../ui/Section.tsx';
import { EMPTY_SELECTION } from '../../ui/selection.ts';
import { Sparkline } from '../../ui/Sparkline.tsx';
import { StateDot, type Tone } from '../../ui/StateDot.tsx';
import css from './Gallery.module.css';

const Chart = lazy(retried(() => import('../../ui/Chart.tsx')));

const TONES: readonly Tone[] = ['good', 'warn', 'bad', 'idle', 'busy'];
/** One wave, the same at every visit, in bytes. */
const WAVE = Array.from({ length: 60 }, (_, at) => Math.round((1 + Math.sin(at / 5)) * 40_000_000));
/** Begins on 1 January 2026, one value a second. */
const TIMES = WAVE.map((_, at) => 1_767_225_600 + at);

export function FactsAndStates() {
  return (
    <>
      <Section title={texts.states}>
        <ul className={css['states']}>
          {TONES.map((tone) => (
            <li key={tone}>
              <StateDot tone={tone} text={texts[tone]} />
            </li>
          ))}
        </ul>
      </Section>
      <Section title={texts.facts}>
        <Facts
          facts={[
            [common.name, 'quay'],
            [common.size, formatBytes(80_000_000)],
          ]}
        />
        <Pairs pairs={{ 'com.example.tier': 'web' }} />
      </Section>
    </>
  );
}

export function Numbers() {
  return (
    <Section title={texts.numbers}>
      <Sparkline values={WAVE} slots={60} atLeast={1} />
      <Suspense fallback={null}>
        <Chart
          label={texts.numbers}
          series={[{ label: common.size, colour: '--accent' }]}
          data={[TIMES, WAVE]}
          format={formatBytes}
          atLeast={1}
        />
      </Suspense>
    </Section>
  );
}

interface Row {
  readonly name: string;
  readonly size: number;
}

const ROWS: readonly Row[] = texts.rows.map((name, at) => ({ name, size: (at + 1) * 12_000_000 }));
const COLUMNS: readonly Column<Row>[] = [
  {
    id: 'name',
    header: common.name,
    width: 'minmax(120px, 1fr)',
    cell: ({ name }) => name,
    sortBy: ({ name }) => name,
  },
  {
    id: 'size',
    header: common.size,
    width: '104px',
    align: 'end',
    cell: ({ size }) => formatBytes(size),
    sortBy: ({ size }) => size,
  },
];
const nothing = () => undefined;

export function List() {
  const [sort, setSort] = useState<SortState>({ column: 'name', descending: false });
  const [selection, setSelection] = useState({ ...EMPTY_SELECTION, selected: new Set([ROWS[1]?.name ?? '']) });
  return (
    <Section title={texts.list}>
      <div className={css['list']}>
        <DataTable
          label={texts.list}
          columns={COLUMNS}
          rows={ROWS}
          rowId={({ name }) => name}
          rowName={({ name }) => name}
          sort={sort}
          onSort={setSort}
          selection={selection}
          onSelection={({ selected, anchor }) => {
            setSelection({ selected: new Set(selected), anchor });
          }}
          isBusy={({ name }) => name === ROWS[2]?.name}
          menu={() => [{ id: 'do', label: texts.primary, icon: <Anchor size={15} />, run: nothing }]}
        />
      </div>
    </Section>
  );
}
