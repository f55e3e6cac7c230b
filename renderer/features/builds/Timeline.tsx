import { Check, CircleDashed, LoaderCircle, Minus, X, Zap } from 'lucide-react';
import { useMemo, useRef, type KeyboardEvent, type ReactNode } from 'react';
import type { BuildStatus, BuildStep } from '../../../runtime/contract/builds.ts';
import { builds as texts } from '../../strings/builds.ts';
import { formatSpan, timeline, type StepState, type TimelineGroup, type TimelineRow } from './model.ts';
import css from './Timeline.module.css';
import { useNow } from './use-build.ts';

const ICONS: Readonly<Record<StepState, ReactNode>> = {
  waiting: <CircleDashed size={14} />,
  running: <LoaderCircle size={14} />,
  done: <Check size={14} />,
  cached: <Zap size={14} />,
  failed: <X size={14} />,
  stopped: <Minus size={14} />,
  skipped: <Minus size={14} />,
};
/** What says more of a step than how long it took. */
const WORDS: readonly StepState[] = ['cached', 'failed', 'stopped', 'skipped'];

interface TimelineProps {
  readonly steps: readonly BuildStep[];
  readonly status: BuildStatus;
  /** When the build ended, in milliseconds since the epoch; null while it runs. */
  readonly endedAt: number | null;
  /** Id of the step whose output is shown; null for all. */
  readonly chosen: string | null;
  readonly onChoose: (id: string) => void;
}

/** Steps by stage, each with a bar from when it began to when it ended. Arrows move and choose. */
export function Timeline({ steps, status, endedAt, chosen, onChoose }: TimelineProps) {
  const running = useNow(status === 'running');
  const now = endedAt ?? running;
  const groups = useMemo(() => timeline(steps, status, now), [steps, status, now]);
  const list = useRef<HTMLDivElement>(null);
  const ids = groups.flatMap(({ rows }) => rows.map(({ step }) => step.id));
  const focused = chosen !== null && ids.includes(chosen) ? chosen : ids[0];

  const onKeyDown = (event: KeyboardEvent) => {
    const at = ids.indexOf(focused ?? '');
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: ids.length - 1 }[event.key];
    const id = to === undefined ? undefined : ids[to];
    if (to === undefined) return;
    event.preventDefault();
    if (id === undefined) return;
    onChoose(id);
    list.current?.querySelector<HTMLElement>(`[data-step="${CSS.escape(id)}"]`)?.focus();
  };

  return (
    <div ref={list} role="listbox" aria-label={texts.steps} className={css['timeline']} onKeyDown={onKeyDown}>
      {groups.map((group) => (
        <div key={`${group.kind} ${group.stage}`} role="group" aria-label={titleOf(group)}>
          <div className={css['stage']} aria-hidden="true">
            {group.kind === 'stage' ? group.stage : titleOf(group)}
          </div>
          {group.rows.map((row) => (
            <Row
              key={row.step.id}
              row={row}
              isChosen={row.step.id === chosen}
              isFocusable={row.step.id === focused}
              onChoose={onChoose}
            />
          ))}
        </div>
      ))}
    </div>
  );
}

function titleOf({ kind, stage }: TimelineGroup): string {
  return kind === 'stage' ? texts.stage(stage) : kind === 'before' ? texts.preparing : texts.finishing;
}

interface RowProps {
  readonly row: TimelineRow;
  readonly isChosen: boolean;
  readonly isFocusable: boolean;
  readonly onChoose: (id: string) => void;
}

function Row({ row: { step, state, left, width, took }, isChosen, isFocusable, onChoose }: RowProps) {
  const span = took === null ? '' : formatSpan(took);
  const word = WORDS.includes(state) ? texts.stepStates[state] : '';
  return (
    <div
      role="option"
      aria-selected={isChosen}
      aria-label={texts.stepLabel(step.text, texts.stepStates[state], span === '' ? '' : texts.took(span))}
      data-step={step.id}
      data-state={state}
      tabIndex={isFocusable ? 0 : -1}
      className={css['row']}
      onClick={() => {
        onChoose(step.id);
      }}
      onKeyDown={(event) => {
        if (event.key !== 'Enter' && event.key !== ' ') return;
        event.preventDefault();
        onChoose(step.id);
      }}
    >
      <span className={css['icon']}>{ICONS[state]}</span>
      <code className={css['text']} title={step.text}>
        {step.text}
      </code>
      <span className={css['track']}>
        <span
          className={css['bar']}
          hidden={took === null}
          style={{ insetInlineStart: `${String(left * 100)}%`, inlineSize: `${String(width * 100)}%` }}
        />
      </span>
      <span className={css['took']}>{word === '' ? span : word}</span>
    </div>
  );
}
