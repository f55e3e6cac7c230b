import type { ReactNode } from 'react';
import type { ContainerSummary } from '../../../runtime/contract/contract.ts';
import { StateDot } from '../../ui/StateDot.tsx';
import { describeState } from '../containers/model.ts';
import css from './MergedLogsView.module.css';

interface ContainerChoiceProps {
  readonly label: string;
  readonly all: readonly ContainerSummary[];
  readonly chosen: readonly ContainerSummary[];
  readonly onChoose: (chosen: readonly ContainerSummary[]) => void;
  /** Buttons above, for many at once. */
  readonly children: ReactNode;
}

/** The containers beside logs of several, to be ticked. */
export function ContainerChoice({ label, all, chosen, onChoose, children }: ContainerChoiceProps) {
  return (
    <fieldset className={css['list']}>
      <legend className="visually-hidden">{label}</legend>
      <div className={css['quick']}>{children}</div>
      {all.map((container) => (
        <label key={container.id} className={css['item']}>
          <input
            type="checkbox"
            checked={chosen.includes(container)}
            onChange={() => {
              onChoose(chosen.includes(container) ? chosen.filter((one) => one !== container) : [...chosen, container]);
            }}
          />
          <span>{container.name}</span>
          <StateDot {...describeState(container, undefined)} />
        </label>
      ))}
    </fieldset>
  );
}
