import { Plus, X } from 'lucide-react';
import { useEffect, useRef, type ReactNode } from 'react';
import { run as texts } from '../../strings/run.ts';
import { Button, IconButton } from '../../ui/Button.tsx';
import { useLatest } from '../../ui/use-latest.ts';
import css from './RunDialog.module.css';
import type { RunErrors } from './run-form.ts';

interface ListProps<Entry> {
  readonly title: string;
  readonly entries: readonly Entry[];
  readonly empty: Entry;
  readonly addLabel: string;
  /** The letter that adds a row when it is pressed with Alt, wherever in the dialog the keyboard is. */
  readonly addKey: string;
  readonly errors: RunErrors;
  readonly field: string;
  readonly onChange: (entries: readonly Entry[]) => void;
  /** Beside the button that adds a row. */
  readonly beside?: ReactNode;
  readonly children: (entry: Entry, change: (patch: Partial<Entry>) => void, index: number) => ReactNode;
}

/** Rows of the same fields, to be added and taken away. */
export function ListEditor<Entry extends object>(props: ListProps<Entry>) {
  const { title, entries, empty, addLabel, addKey, errors, field, onChange, children } = props;
  const list = useRef<HTMLFieldSetElement>(null);
  const isNew = useRef(false);
  // Whoever asks for a row wants to write in it.
  useEffect(() => {
    if (!isNew.current) return;
    isNew.current = false;
    [...(list.current?.querySelectorAll('[data-entry]') ?? [])].at(-1)?.querySelector<HTMLElement>('input')?.focus();
  }, [entries.length]);
  const add = () => {
    isNew.current = true;
    onChange([...entries, empty]);
  };
  const latest = useLatest(add);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      // By its place on the keyboard: with Alt some layouts write something else.
      if (!event.altKey || event.ctrlKey || event.metaKey || event.shiftKey || event.code !== `Key${addKey}`) return;
      event.preventDefault();
      latest.current();
    };
    window.addEventListener('keydown', onKey);
    return () => {
      window.removeEventListener('keydown', onKey);
    };
  }, [addKey, latest]);
  return (
    <fieldset ref={list} className={css['list']}>
      <legend>{title}</legend>
      {entries.map((entry, index) => {
        const error = errors[`${field}.${String(index)}`];
        return (
          // The rows have no identity but their place.
          <div key={index} data-entry>
            <div className={css['entry']}>
              {children(
                entry,
                (patch) => {
                  onChange(entries.map((one, at) => (at === index ? { ...one, ...patch } : one)));
                },
                index,
              )}
              <IconButton
                label={texts.removeEntry(title, index + 1)}
                icon={<X size={14} />}
                onClick={() => {
                  onChange(entries.filter((_, at) => at !== index));
                }}
              />
            </div>
            {error !== undefined && <p className={css['error']}>{error}</p>}
          </div>
        );
      })}
      <div className={css['adding']}>
        <Button
          size="small"
          variant="quiet"
          icon={<Plus size={14} />}
          title={`Alt+${addKey}`}
          aria-keyshortcuts={`Alt+${addKey}`}
          onClick={add}
        >
          {addLabel}
        </Button>
        {props.beside}
      </div>
    </fieldset>
  );
}
