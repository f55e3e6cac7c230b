import type { TransferProgress } from '../../../runtime/contract/contract.ts';
import { tasks } from '../../strings/tasks.ts';
import { formatBytes } from '../../ui/format.ts';
import css from './Progress.module.css';

interface BarProps {
  /** 0 to 1; null for "going on, no idea how far". */
  readonly value: number | null;
  readonly label: string;
  readonly done?: boolean;
}

/** A bar that fills. */
export function Bar({ value, label, done = false }: BarProps) {
  return (
    <div
      className={[css['bar'], value === null && !done ? css['unknown'] : ''].join(' ')}
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      {...(value === null ? {} : { 'aria-valuenow': Math.round(value * 100) })}
    >
      <div className={css['fill']} style={{ transform: `scaleX(${String(done ? 1 : (value ?? 0.3))})` }} />
    </div>
  );
}

/** Every layer of a transfer with its own bar. */
export function Layers({ progress }: { readonly progress: TransferProgress }) {
  return (
    <ul className={css['layers']}>
      {progress.layers.map((layer) => {
        const done = /complete|exists|Pushed|Mounted/i.test(layer.status);
        return (
          <li key={layer.id}>
            <code>{layer.id}</code>
            <Bar
              value={layer.total > 0 ? layer.current / layer.total : done ? 1 : 0}
              label={tasks.layer(layer.id)}
              done={done}
            />
            <span className={css['status']}>
              {layer.status}
              {!done && layer.total > 0 && ` ${tasks.of(formatBytes(layer.current), formatBytes(layer.total))}`}
            </span>
          </li>
        );
      })}
    </ul>
  );
}
