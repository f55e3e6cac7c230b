import { Copy, Radio } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { navigate } from 'wouter/use-hash-location';
import type { EngineEvent } from '../../../runtime/contract/contract.ts';
import { open } from '../../data/connection.ts';
import { drop } from '../../data/drop.ts';
import { useEngine } from '../../data/engine.ts';
import { onFrame } from '../../data/frame.ts';
import { showToast } from '../../data/toasts.ts';
import { copyText } from '../../platform/host.ts';
import { common } from '../../strings/common.ts';
import { system as texts } from '../../strings/system.ts';
import { Button } from '../../ui/Button.tsx';
import type { Column } from '../../ui/DataTable.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { formatTime, shortId } from '../../ui/format.ts';
import { ListScreen } from '../lists/ListScreen.tsx';
import css from './EventsView.module.css';

type Row = Extract<EngineEvent, { kind: 'event' }> & { readonly key: string };

/** Events kept on the page. */
const MAX_ROWS = 2000;
/** How far back the list begins, in seconds. */
const HISTORY_S = 3600;

const timeOf = (row: Row): number => Number(row.timeNano) / 1e6;
/** An image without a name is called by its digest. */
const DIGEST = /^sha256:[0-9a-f]{64}$/;
const nameOf = (row: Row): string => {
  const name = row.attributes['name'] ?? row.attributes['container'] ?? row.id;
  return name === row.id || DIGEST.test(name) ? shortId(name) : name;
};

const COLUMNS: readonly Column<Row>[] = [
  {
    id: 'time',
    header: texts.time,
    width: 'minmax(146px, 190px)',
    sortBy: (row) => -timeOf(row),
    cell: (row) => <span className={css['time']}>{formatTime(timeOf(row))}</span>,
  },
  {
    id: 'type',
    header: texts.type,
    width: '110px',
    minTableWidth: 620,
    sortBy: (row) => row.type,
    cell: (row) => row.type,
  },
  {
    id: 'action',
    header: texts.action,
    width: 'minmax(100px, 1fr)',
    sortBy: (row) => row.action,
    cell: (row) => {
      // Not every engine says with what code something ended.
      const code = row.action === 'die' ? row.attributes['exitCode'] : undefined;
      const bad = row.action === 'oom' || (code !== undefined && code !== '0');
      return (
        <strong className={bad ? css['bad'] : css['action']}>
          {row.action + (code === undefined ? '' : ` (${code})`)}
        </strong>
      );
    },
  },
  {
    id: 'object',
    header: texts.object,
    width: 'minmax(110px, 2fr)',
    sortBy: nameOf,
    cell: (row) => (
      <span title={row.id}>
        {nameOf(row)}{' '}
        {row.attributes['image'] !== undefined && <span className={css['time']}>{row.attributes['image']}</span>}
      </span>
    ),
  },
];

const rowId = (row: Row) => row.key;
const rowName = (row: Row) => `${row.type} ${row.action} ${nameOf(row)}`;
const textOf = (row: Row) => `${rowName(row)} ${row.id} ${Object.values(row.attributes).join(' ')}`;

/** Puts events on the clipboard as the engine told them, one on each line, the earliest first. */
function copy(rows: readonly Row[]): void {
  const lines = rows
    .toSorted((one, other) => timeOf(one) - timeOf(other))
    .map(({ type, action, id, attributes, timeNano }) => JSON.stringify({ timeNano, type, action, id, attributes }));
  drop(
    copyText(`${lines.join('\n')}\n`).then(() => {
      showToast({ tone: 'good', title: common.copied, lifetimeMs: 2500 });
    }),
  );
}

/** What happens in the engine, as it happens. */
export default function EventsView() {
  const [rows, setRows] = useState<readonly Row[]>([]);
  const arrived = useRef<Row[]>([]);
  const count = useRef(0);
  const generation = useEngine((state) => state.generation);
  useEffect(() => {
    if (generation === 0) return undefined;
    setRows([]);
    const apply = () => {
      const fresh = arrived.current.splice(0);
      setRows((before) => [...before, ...fresh].slice(-MAX_ROWS));
    };
    const since = String(Math.floor(Date.now() / 1000) - HISTORY_S);
    const stream = open(
      'events',
      { since },
      {
        onItem: (event) => {
          if (event.kind !== 'event') return;
          count.current += 1;
          arrived.current.push({ ...event, key: `${event.timeNano}-${String(count.current)}` });
          onFrame(apply);
        },
      },
    );
    drop(stream.closed.catch(() => {}));
    return () => {
      stream.cancel();
    };
  }, [generation]);
  return (
    <ListScreen
      id="events"
      title={texts.events}
      note={texts.eventsNote(rows.length)}
      filterLabel={texts.filterEvents}
      noneMatches={texts.noEventMatches}
      rows={rows}
      columns={COLUMNS}
      defaultSort={{ column: 'time', descending: false }}
      rowId={rowId}
      rowName={rowName}
      textOf={textOf}
      onOpen={(row) => {
        if (row.type === 'container') navigate(`/containers/${row.id}/overview`);
        else if (row.type === 'network') navigate(`/networks/${row.id}`);
        else if (row.type === 'volume') navigate(`/volumes/${encodeURIComponent(row.id)}`);
        else navigate('/images');
      }}
      bulk={(chosen) => (
        <Button
          size="small"
          variant="quiet"
          icon={<Copy size={15} />}
          onClick={() => {
            copy(chosen);
          }}
        >
          {common.copy}
        </Button>
      )}
      empty={
        <EmptyState picture={<Radio size={40} strokeWidth={1.5} />} title={texts.noEvents}>
          {texts.noEventsText}
        </EmptyState>
      }
    />
  );
}
