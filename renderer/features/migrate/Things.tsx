import { CircleAlert, CircleCheck } from 'lucide-react';
import type { ReactNode } from 'react';
import type { MigrationStep } from '../../../runtime/contract/migrate.ts';
import { migrate as texts } from '../../strings/migrate.ts';
import { formatBytes } from '../../ui/format.ts';
import { Section } from '../../ui/Section.tsx';
import { Bar } from '../tasks/Progress.tsx';
import css from './BringView.module.css';
import type { Key } from './choice.ts';
import type { Line } from './lines.ts';
import type { useMove } from './move.ts';

type Move = ReturnType<typeof useMove.getState>['current'];

interface ThingsProps {
  readonly title: string;
  readonly lines: readonly Line[];
  readonly choice: ReadonlySet<Key>;
  /** What of these is under way, or was last; null for nothing. */
  readonly move: Move;
  /** Something is under way: nothing is chosen meanwhile. */
  readonly isLocked: boolean;
  readonly onChange: (keys: readonly Key[], isChosen: boolean) => void;
  readonly foot?: ReactNode;
}

/** All things of one kind, to choose from, and how far each is. */
export function Things({ title, lines, choice, move, isLocked, onChange, foot }: ThingsProps) {
  const open = lines.filter(({ blocked }) => blocked === '').map(({ key }) => key);
  const chosen = open.filter((key) => choice.has(key)).length;
  return (
    <Section
      title={`${title} ${String(lines.length)}`}
      tools={
        open.length > 1 && (
          <label className={css['all']}>
            {texts.allShort}
            <input
              type="checkbox"
              aria-label={texts.all(title)}
              checked={chosen === open.length}
              disabled={isLocked}
              ref={(box) => {
                if (box !== null) box.indeterminate = chosen > 0 && chosen < open.length;
              }}
              onChange={(event) => {
                onChange(open, event.target.checked);
              }}
            />
          </label>
        )
      }
    >
      {lines.length === 0 ? (
        <p className={css['dim']}>{texts.none}</p>
      ) : (
        <ul className={css['things']}>
          {lines.map((line) => (
            <Thing key={line.key} {...{ line, move, isLocked, onChange }} isChosen={choice.has(line.key)} />
          ))}
        </ul>
      )}
      {foot !== undefined && <div className={css['foot']}>{foot}</div>}
    </Section>
  );
}

interface ThingProps extends Pick<ThingsProps, 'move' | 'isLocked' | 'onChange'> {
  readonly line: Line;
  readonly isChosen: boolean;
}

function Thing({ line, isChosen, move, isLocked, onChange }: ThingProps) {
  const { key, name, notes, warning, blocked, size } = line;
  const step = move?.steps.get(key);
  const waits = step === undefined && move?.isRunning === true && move.wanted.has(key);
  const isOver = step?.state === 'done';
  return (
    <li className={blocked === '' ? css['thing'] : css['blocked']}>
      <label className={css['what']}>
        <input
          type="checkbox"
          checked={isChosen}
          disabled={blocked !== '' || isLocked}
          onChange={(event) => {
            onChange([key], event.target.checked);
          }}
        />
        <span className={css['words']}>
          <span className={css['name']}>{name}</span>
          {notes.map((note) => (
            <span key={note} className={css['note']}>
              {note}
            </span>
          ))}
          {blocked !== '' && !isOver && step?.state !== 'failed' && <span className={css['note']}>{blocked}</span>}
          {warning !== '' && step === undefined && !waits && <span className={css['warning']}>{warning}</span>}
        </span>
      </label>
      {size !== null && step === undefined && !waits && <span className={css['size']}>{formatBytes(size)}</span>}
      {waits && <span className={css['size']}>{texts.waits}</span>}
      {step !== undefined && <State step={step} line={line} />}
    </li>
  );
}

function State({
  step: { state, bytes, message },
  line: { name, size },
}: {
  readonly step: MigrationStep;
  readonly line: Line;
}) {
  if (state === 'running')
    return (
      <span className={css['running']}>
        <Bar
          value={size === null || size === 0 ? null : Math.min(0.99, bytes / size)}
          label={`${texts.runs}: ${name}`}
        />
        <span className={css['size']}>{bytes === 0 ? texts.runs : formatBytes(bytes)}</span>
      </span>
    );
  if (state === 'done')
    return (
      <span className={css['done']}>
        <CircleCheck size={15} aria-hidden /> {texts.done}
      </span>
    );
  return (
    <span className={css['failed']}>
      <CircleAlert size={15} aria-hidden />
      <span>
        <span className="visually-hidden">{texts.failed}: </span>
        {message}
      </span>
    </span>
  );
}
