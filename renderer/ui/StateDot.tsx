import css from './StateDot.module.css';

export type Tone = 'good' | 'warn' | 'bad' | 'idle' | 'busy';

/** A state as a dot and a word; never as colour alone. */
export function StateDot({
  tone,
  text,
  title,
}: {
  readonly tone: Tone;
  readonly text: string;
  readonly title?: string;
}) {
  return (
    <span className={[css['state'], css[tone]].join(' ')} title={title}>
      <span className={css['dot']} aria-hidden="true" />
      <span className={css['text']}>{text}</span>
    </span>
  );
}
