import { HardDrive, RotateCw } from 'lucide-react';
import { useMemo, useState } from 'react';
import type { DiskItem, DiskUsage } from '../../../runtime/contract/system.ts';
import { drop } from '../../data/drop.ts';
import { useEngine } from '../../data/engine.ts';
import { useQuery } from '../../data/use-query.ts';
import { common } from '../../strings/common.ts';
import { systemCommands } from '../../strings/system-commands.ts';
import { system as texts } from '../../strings/system.ts';
import { Button, IconButton } from '../../ui/Button.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { formatBytes } from '../../ui/format.ts';
import { Page } from '../../ui/Page.tsx';
import { Section } from '../../ui/Section.tsx';
import { ErrorState } from '../engine/ErrorState.tsx';
import { clean } from './clean.ts';
import { PRUNES } from './commands.tsx';
import css from './DiskView.module.css';
import { itemsOf, KINDS } from './model.ts';
import { TreeMap } from './TreeMap.tsx';

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

function Totals({ usage }: { readonly usage: DiskUsage }) {
  return (
    <Section title={texts.byKind}>
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
