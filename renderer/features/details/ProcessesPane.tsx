import { useEffect, useState } from 'react';
import type { ContainerSummary } from '../../../runtime/contract/contract.ts';
import { useQuery } from '../../data/use-query.ts';
import { details as texts } from '../../strings/details.ts';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { isRunning } from '../containers/model.ts';
import { ErrorState } from '../engine/ErrorState.tsx';
import css from './Panes.module.css';

/** How often the processes are read again, in milliseconds. */
const REFRESH_MS = 2000;

/** The processes of a container, as ps shows them. */
export function ProcessesPane({ container }: { readonly container: Pick<ContainerSummary, 'id' | 'name' | 'state'> }) {
  const running = isRunning(container);
  const [round, setRound] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => {
      if (!document.hidden) setRound((before) => before + 1);
    }, REFRESH_MS);
    return () => {
      clearInterval(timer);
    };
  }, []);
  if (!running) return <EmptyState title={texts.notRunning}>{texts.notRunningText}</EmptyState>;
  return <Processes id={container.id} round={round} />;
}

function Processes({ id, round }: { readonly id: string; readonly round: number }) {
  const { data, error, retry } = useQuery('containers.top', { id }, round);
  if (data === null) return error === null ? null : <ErrorState error={error} onRetry={retry} />;
  return (
    <div className={css['scroll']} tabIndex={0} role="region" aria-label={texts.processTable}>
      <table className={css['table']}>
        <thead>
          <tr>
            {data.titles.map((title) => (
              <th key={title} scope="col">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {data.rows.map((row, index) => (
            // A process has no identity here but its columns.
            <tr key={`${row[1] ?? ''} ${String(index)}`}>
              {row.map((cell, at) => (
                <td key={data.titles[at]} className={at === row.length - 1 ? css['command'] : undefined}>
                  {cell}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
