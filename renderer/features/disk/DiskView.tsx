import { HardDrive, RotateCw } from 'lucide-react';
import { useLayoutEffect, useMemo, useRef, useState } from 'react';
import { navigate } from 'wouter/use-hash-location';
import type { DiskItem, DiskUsage } from '../../../runtime/contract/system.ts';
import { drop } from '../../data/drop.ts';
import { useEngine } from '../../data/engine.ts';
import { useQuery } from '../../data/use-query.ts';
import { common } from '../../strings/common.ts';
import { systemCommands } from '../../strings/system-commands.ts';
import { system as texts } from '../../strings/system.ts';
import { Button, IconButton } from '../../ui/Button.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { formatBytes, shortId } from '../../ui/format.ts';
import { Page } from '../../ui/Page.tsx';
import { Section } from '../../ui/Section.tsx';
import { ErrorState } from '../engine/ErrorState.tsx';
import { clean } from './clean.ts';
import { PRUNES } from './commands.tsx';
import css from './DiskView.module.css';
import { treemap } from './treemap.ts';

const KINDS = ['images', 'containers', 'volumes', 'buildCache'] as const;
type Kind = (typeof KINDS)[number];
type Sized = DiskItem & { readonly kind: Kind };

const MAP_HEIGHT = 300;

/** The id of what stands for all layers that several images share. */
const SHARED = '';

function itemsOf(usage: DiskUsage, kind: Kind): Sized[] {
  const items = usage[kind].map((item): Sized => ({ ...item, kind }));
  if (kind !== 'images' || usage.sharedLayersBytes === 0) return items;
  const inUse = items.some((item) => item.inUse);
  return [
    ...items,
    { kind, id: SHARED, name: texts.sharedLayers, size: usage.sharedLayersBytes, inUse, running: false },
  ];
}

const pathOf = (item: Sized): string =>
  item.kind === 'containers'
    ? `/containers/${item.id}/overview`
    : item.kind === 'volumes'
      ? `/volumes/${encodeURIComponent(item.id)}`
      : item.kind === 'images' && item.id !== SHARED
        ? `/images/${encodeURIComponent(item.id)}`
        : '/images';
const nameOf = (item: Sized): string =>
  item.name === '' ? shortId(item.id) : /^[0-9a-f]{64}$/.test(item.name) ? item.name.slice(0, 12) : item.name;

/** What takes how much room, and what of it can go. */
export default function DiskView() {
  const [version, setVersion] = useState(0);
  const generation = useEngine((state) => state.generation);
  const { data, error, retry } = useQuery('system.df', {}, `${String(version)} ${String(generation)}`);
  const recount = () => {
    setVersion((before) => before + 1);
  };
  const items = useMemo(() => (data === null ? [] : KINDS.flatMap((kind) => itemsOf(data, kind))), [data]);
  const total = items.reduce((sum, { size }) => sum + size, 0);
  return (
    <Page
      title={texts.disk}
      note={data === null ? undefined : texts.diskNote(formatBytes(total))}
      actions={<IconButton label={texts.countAgain} icon={<RotateCw size={16} />} onClick={recount} />}
    >
      {data === null ? (
        error === null ? (
          <EmptyState title={texts.counting} />
        ) : (
          <ErrorState error={error} onRetry={retry} />
        )
      ) : (
        <div className={css['content']}>
          {total === 0 ? (
            <EmptyState picture={<HardDrive size={40} strokeWidth={1.5} />} title={texts.nothingThere} />
          ) : (
            <TreeMap items={items} />
          )}
          <div className={css['columns']}>
            <Totals usage={data} />
            <CleanUp onDone={recount} />
          </div>
        </div>
      )}
    </Page>
  );
}

function TreeMap({ items }: { readonly items: readonly Sized[] }) {
  const host = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const element = host.current;
    if (element === null) return undefined;
    const observer = new ResizeObserver(() => {
      setWidth(element.clientWidth);
    });
    observer.observe(element);
    setWidth(element.clientWidth);
    return () => {
      observer.disconnect();
    };
  }, []);
  const tiles = useMemo(
    () => treemap(items, ({ size }) => size, { x: 0, y: 0, width, height: MAP_HEIGHT }),
    [items, width],
  );
  return (
    <div ref={host} className={css['map']} role="group" aria-label={texts.treemap} style={{ height: MAP_HEIGHT }}>
      {tiles.map(({ item, x, y, width: across, height }) => (
        <button
          key={`${item.kind} ${item.id}`}
          type="button"
          data-kind={item.kind}
          data-used={item.inUse}
          className={css['tile']}
          aria-label={texts.tile(
            texts.kinds[item.kind],
            nameOf(item),
            formatBytes(item.size),
            item.inUse ? texts.inUse : texts.free,
          )}
          title={`${nameOf(item)}, ${formatBytes(item.size)}`}
          style={{ left: x, top: y, width: across, height }}
          onClick={() => {
            navigate(pathOf(item));
          }}
        >
          {across > 70 && height > 34 && (
            <>
              <span className={css['tileName']}>{nameOf(item)}</span>
              <span className={css['tileSize']}>{formatBytes(item.size)}</span>
            </>
          )}
        </button>
      ))}
    </div>
  );
}

function Totals({ usage }: { readonly usage: DiskUsage }) {
  return (
    <Section title={texts.total}>
      <table className={css['totals']}>
        <thead>
          <tr>
            <th scope="col">
              <span className="visually-hidden">{texts.type}</span>
            </th>
            <th scope="col">{texts.total}</th>
            <th scope="col">{texts.reclaimable}</th>
          </tr>
        </thead>
        <tbody>
          {KINDS.map((kind) => {
            const all = itemsOf(usage, kind);
            const sum = (list: readonly DiskItem[]) => list.reduce((bytes, { size }) => bytes + size, 0);
            return (
              <tr key={kind}>
                <th scope="row">
                  <i data-kind={kind} className={css['key']} />
                  {texts.kinds[kind]} <span className={css['count']}>{usage[kind].length}</span>
                </th>
                <td>{formatBytes(sum(all))}</td>
                <td>{formatBytes(sum(all.filter(({ inUse }) => !inUse)))}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </Section>
  );
}

function CleanUp({ onDone }: { readonly onDone: () => void }) {
  return (
    <Section title={texts.cleanUp}>
      <ul className={css['prunes']}>
        {PRUNES.map((what) => (
          <li key={what}>
            <div>
              <strong>{systemCommands.prunes[what]}</strong>
              <p>{texts.pruneTexts[what]}</p>
            </div>
            <Button
              size="small"
              aria-label={`${common.remove}: ${systemCommands.prunes[what]}`}
              onClick={() => {
                drop(clean(what, onDone));
              }}
            >
              {common.remove}
            </Button>
          </li>
        ))}
      </ul>
    </Section>
  );
}
