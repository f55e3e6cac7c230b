import { Dialog as Radix } from 'radix-ui';
import { lazy, Suspense, useEffect, useId, useMemo, useRef, useState, type ReactNode } from 'react';
import { closeDialog } from '../../data/dialogs.ts';
import { retried } from '../../data/retried.ts';
import { shell } from '../../strings/shell.ts';
import { returnFocus } from '../../ui/return-focus.ts';
import { useLatest } from '../../ui/use-latest.ts';
import { otherWords } from './other-words.ts';
import css from './Palette.module.css';
import { rank } from './rank.ts';

// The box must be there for the next key; what it finds may come a moment later.
const Objects = lazy(retried(() => import('./objects.tsx')));

export interface PaletteEntry {
  readonly id: string;
  readonly label: string;
  readonly note: string;
  readonly icon: ReactNode;
  readonly keys?: string;
  readonly run: () => void;
}

/** More results than fit are not worth painting. */
const MAX_RESULTS = 50;

/** Finds and does anything: commands, every object of the engine, and what can be done with it. */
export function Palette({ commands }: { readonly commands: readonly PaletteEntry[] }) {
  const [query, setQuery] = useState('');
  const [active, setActive] = useState(0);
  /** Enter came before there was anything to take: the first that comes is meant. */
  const [waiting, setWaiting] = useState(false);
  const list = useRef<HTMLDivElement>(null);
  const id = useId();
  const [objects, setObjects] = useState<readonly PaletteEntry[]>([]);
  const entries = useMemo(
    () => [...commands, ...objects].map((entry) => ({ ...entry, words: otherWords(entry.id) })),
    [commands, objects],
  );
  const results = useMemo(() => rank(entries, query).slice(0, MAX_RESULTS), [entries, query]);
  const index = Math.min(active, results.length - 1);

  const choose = (entry: PaletteEntry | undefined) => {
    setWaiting(entry === undefined);
    if (entry === undefined) return;
    closeDialog();
    entry.run();
  };
  const first = results[0];
  const take = useLatest(choose);
  useEffect(() => {
    if (waiting && first !== undefined) take.current(first);
  }, [waiting, first, take]);
  const move = (to: number) => {
    const next = (to + results.length) % Math.max(1, results.length);
    setActive(next);
    list.current?.children[next]?.scrollIntoView({ block: 'nearest' });
  };

  return (
    <Radix.Root
      open
      onOpenChange={(open) => {
        if (!open) closeDialog();
      }}
    >
      <Radix.Portal>
        <Radix.Overlay className={css['scrim']} />
        <Radix.Content className={css['palette']} aria-describedby={undefined} onCloseAutoFocus={returnFocus}>
          <Suspense>
            <Objects withActions={query.trim() !== ''} onChange={setObjects} />
          </Suspense>
          <Radix.Title className="visually-hidden">{shell.palette}</Radix.Title>
          <input
            type="text"
            role="combobox"
            aria-label={shell.palette}
            aria-expanded="true"
            aria-controls={`${id}-list`}
            aria-activedescendant={results.length > 0 ? `${id}-${String(index)}` : undefined}
            className={css['input']}
            placeholder={shell.palettePlaceholder}
            spellCheck={false}
            autoComplete="off"
            value={query}
            onChange={(event) => {
              setQuery(event.target.value);
              setActive(0);
              setWaiting(false);
            }}
            onKeyDown={(event) => {
              if (event.key === 'ArrowDown') move(index + 1);
              else if (event.key === 'ArrowUp') move(index - 1);
              else if (event.key === 'Enter') choose(results[index]);
              else return;
              event.preventDefault();
            }}
          />
          <div ref={list} id={`${id}-list`} role="listbox" aria-label={shell.results} className={css['results']}>
            {results.map((entry, at) => (
              <div
                key={entry.id}
                id={`${id}-${String(at)}`}
                role="option"
                aria-selected={at === index}
                className={css['result']}
                onPointerMove={() => {
                  if (at !== index) setActive(at);
                }}
                onClick={() => {
                  choose(entry);
                }}
              >
                <span className={css['icon']}>{entry.icon}</span>
                <span className={css['label']}>{entry.label}</span>
                <span className={css['note']}>{entry.note}</span>
                {entry.keys !== undefined && <kbd className={css['keys']}>{entry.keys}</kbd>}
              </div>
            ))}
          </div>
          {results.length === 0 && <p className={css['none']}>{shell.nothingMatches(query)}</p>}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
