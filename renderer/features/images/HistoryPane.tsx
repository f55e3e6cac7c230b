import { useQuery } from '../../data/use-query.ts';
import { common } from '../../strings/common.ts';
import { images as texts } from '../../strings/images.ts';
import { formatBytes, formatTime } from '../../ui/format.ts';
import { ErrorState } from '../engine/ErrorState.tsx';
import css from './ImageView.module.css';
import { instructionOf } from './layer-model.ts';

/** How an image came to be: its steps, the last one first. */
export function HistoryPane({ reference, name }: { readonly reference: string; readonly name: string }) {
  const { data, error, retry } = useQuery('images.history', { reference }, null);
  if (data === null) return error === null ? null : <ErrorState error={error} onRetry={retry} />;
  return (
    // Scrolls, so the keyboard must be able to get to it.
    <section className={css['history']} aria-label={texts.historyOf(name)} tabIndex={0}>
      <table>
        <thead>
          <tr>
            <th scope="col" className={css['number']}>
              {texts.step}
            </th>
            <th scope="col">{texts.instruction}</th>
            <th scope="col" className={css['end']}>
              {common.size}
            </th>
            <th scope="col">{common.created}</th>
          </tr>
        </thead>
        <tbody>
          {data.map((step, index) => (
            <tr key={String(data.length - index)} data-empty={step.empty}>
              <td className={css['number']}>{data.length - index}</td>
              <td>
                {step.createdBy === '' ? (
                  <span className={css['dim']}>{texts.noInstruction}</span>
                ) : (
                  <code title={step.createdBy}>{instructionOf(step.createdBy)}</code>
                )}
                {step.comment !== '' && <span className={css['comment']}>{step.comment}</span>}
              </td>
              <td className={css['end']}>{step.empty ? texts.noLayer : formatBytes(step.size)}</td>
              <td className={css['when']}>{step.createdAt > 0 ? formatTime(step.createdAt) : ''}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
